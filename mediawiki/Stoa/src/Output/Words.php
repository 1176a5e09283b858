<?php

namespace MediaWiki\Extension\Stoa\Output;

use MediaWiki\Html\Html;
use MediaWiki\Language\Language;
use MediaWiki\Message\Message;

/** Words for readers of a page: messages and times in the page's language, and what people wrote, kept apart from them. */
class Words {

	public function __construct(
		private readonly Language $language,
		private readonly int $offsetMinutes
	) {
	}

	/** Text without control characters. MediaWiki's parser marks places with DEL, so DEL may come from nobody else. */
	public static function plain( mixed $text, bool $lines = false ): string {
		$text = mb_scrub( is_scalar( $text ) ? (string)$text : '', 'UTF-8' );
		$pattern = $lines ? '/[\x00-\x08\x0b-\x1f\x7f]/' : '/[\x00-\x1f\x7f]/';
		return preg_replace( $pattern, $lines ? '' : ' ', $text );
	}

	public function msg( string $key, mixed ...$params ): Message {
		return wfMessage( $key, ...$params )->inLanguage( $this->language );
	}

	public function number( int $number ): string {
		return $this->language->formatNum( $number );
	}

	/**
	 * A moment in the wiki's own time zone and format. The page is kept in a cache that all readers share, so that no
	 * reader's own may be used.
	 */
	public function moment( string $timestamp ): string {
		return $this->language->timeanddate( $timestamp, true, false, 'System|' . $this->offsetMinutes );
	}

	/** The same as an element */
	public function time( string $timestamp ): string {
		return Html::element( 'time',
			[ 'datetime' => wfTimestamp( TS_ISO_8601, $timestamp ), 'class' => 'ext-stoa-time' ], $this->moment( $timestamp ) );
	}

	/** Somebody's name, which runs in its own direction. */
	public function name( string $name, ?string $url ): string {
		$inner = Html::element( 'bdi', [], $name );
		return $url === null ? $inner : Html::rawElement( 'a', [ 'href' => $url, 'class' => 'ext-stoa-name' ], $inner );
	}

	/** Attributes of an element with what somebody wrote. @return array<string,string> */
	public function of( string $lang, string $dir ): array {
		return array_filter( [ 'lang' => $lang, 'dir' => $dir ?: 'auto' ] );
	}
}
