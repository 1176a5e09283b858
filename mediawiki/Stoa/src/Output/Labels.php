<?php

namespace MediaWiki\Extension\Stoa\Output;

use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Html\Html;

/** The small line of facts about a discussion. */
class Labels {
	public const FIELDS = [
		'category', 'tags', 'groups', 'state', 'author', 'created', 'replies', 'participants', 'likes', 'last', 'last_author', 'excerpt',
	];
	public const DEFAULTS = [ 'category', 'state', 'replies', 'last' ];

	public function __construct(
		private readonly SiteAddress $address,
		private readonly Words $words
	) {
	}

	/** @param string[] $fields */
	public function line( array $data, array $fields ): string {
		$parts = [];
		foreach ( $fields as $field ) {
			$part = match ( $field ) {
				'category' => $this->category( $data ),
				'tags' => $this->several( $data['tags'], 'ext-stoa-tag' ),
				'groups' => $this->several( $data['groups'], 'ext-stoa-group' ),
				'state' => $data['state'] === 'open' ? '' : $this->chip( "stoa-state-{$data['state']}" ),
				'author' => $this->person( 'stoa-begun-by', $data['author'] ),
				'created' => $this->when( 'stoa-begun', $data['created'] ),
				'replies' => $this->count( 'stoa-replies', $data['replies'] ),
				'participants' => $this->count( 'stoa-participants', $data['participants'] ),
				'likes' => $this->count( 'stoa-likes', $data['likes'] ),
				// Who wrote last belongs to when.
				'last' => in_array( 'last_author', $fields, true ) && $data['last_author'] ? '' : $this->when( 'stoa-last', $data['last'] ),
				'last_author' => $this->lastBy( $data, in_array( 'last', $fields, true ) ),
				default => '',
			};
			if ( $part !== '' ) {
				$parts[] = Html::rawElement( 'li', [], $part );
			}
		}
		return $parts ? Html::rawElement( 'div', [ 'class' => 'ext-stoa-facts' ], Html::rawElement( 'ul', [], implode( '', $parts ) ) ) : '';
	}

	private function category( array $data ): string {
		$last = end( $data['categories'] );
		return $last ? Html::rawElement( 'span', [ 'class' => 'ext-stoa-category' ], Html::element( 'bdi', [], $last['name'] ?: $last['slug'] ) ) : '';
	}

	/** @param string[] $texts */
	private function several( array $texts, string $class ): string {
		$each = array_map( static fn ( $text ) => Html::rawElement( 'span', [ 'class' => $class ], Html::element( 'bdi', [], $text ) ), $texts );
		return implode( ' ', $each );
	}

	private function chip( string $key ): string {
		return Html::element( 'span', [ 'class' => 'ext-stoa-state' ], $this->words->msg( $key )->text() );
	}

	private function count( string $key, int $count ): string {
		return $this->words->msg( $key )->numParams( $count )->escaped();
	}

	private function when( string $key, string $timestamp ): string {
		return $this->words->msg( $key )->rawParams( $this->words->time( $timestamp ) )->escaped();
	}

	private function person( string $key, ?array $person ): string {
		return $person ? $this->words->msg( $key )->rawParams( $this->name( $person ) )->escaped() : '';
	}

	private function lastBy( array $data, bool $withTime ): string {
		if ( !$data['last_author'] ) {
			return '';
		}
		$name = $this->name( $data['last_author'] );
		return $withTime
			? $this->words->msg( 'stoa-last-by-at' )->rawParams( $this->words->time( $data['last'] ), $name )->escaped()
			: $this->words->msg( 'stoa-last-by' )->rawParams( $name )->escaped();
	}

	private function name( array $person ): string {
		return $this->words->name( $person['name'], $this->address->own( $person['url'] ) );
	}
}
