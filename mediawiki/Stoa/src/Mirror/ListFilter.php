<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use MediaWiki\Title\NamespaceInfo;
use MediaWiki\Title\Title;

/** Which discussions a list shows. */
class ListFilter {
	public const KINDS = [
		'category' => Discussion::CATEGORY, 'tag' => Discussion::TAG, 'group' => Discussion::GROUP,
		'user' => Discussion::USER, 'page' => Discussion::PAGE,
	];
	/** Days */
	public const PERIODS = [ 'day' => 1, 'week' => 7, 'month' => 31, 'year' => 366 ];
	/** Order => column */
	public const ORDERS = [ 'latest' => 'sd_last', 'new' => 'sd_created', 'top' => 'sd_score' ];
	public const MAX_LIMIT = 50;

	private const MAX_ALTERNATIVES = 10;
	/** What is looked up first: the kind that most likely fits few */
	private const NARROWEST = [ Discussion::PAGE, Discussion::USER, Discussion::TAG, Discussion::GROUP, Discussion::CATEGORY ];

	/** @param array<int,string[]> $values Kind => any of these */
	public function __construct(
		public readonly array $values = [],
		public readonly string $period = '',
		public readonly string $order = 'latest',
		public readonly int $limit = 10
	) {
	}

	/**
	 * @param array<string,string> $in Parameters by name
	 * @param Title|null $here The page that "this" means
	 * @return self|string The name of the parameter that is wrong
	 */
	public static function fromParameters( array $in, ?Title $here, NamespaceInfo $namespaces ): self|string {
		$values = [];
		foreach ( self::KINDS as $name => $kind ) {
			$text = trim( $in[$name] ?? '' );
			if ( $text === '' ) {
				continue;
			}
			if ( $kind === Discussion::PAGE ) {
				$title = strtolower( $text ) === 'this' ? $here : Title::newFromText( $text );
				if ( !$title ) {
					return $name;
				}
				$values[$kind] = self::pages( $title, $namespaces );
			} else {
				$some = array_filter( array_map( Discussion::value( ... ), explode( ',', $text ) ), static fn ( $v ) => $v !== '' );
				$values[$kind] = array_slice( array_values( array_unique( $some ) ), 0, self::MAX_ALTERNATIVES );
			}
		}
		$period = strtolower( trim( $in['period'] ?? '' ) );
		if ( $period !== '' && $period !== 'all' && !isset( self::PERIODS[$period] ) ) {
			return 'period';
		}
		$order = strtolower( trim( $in['order'] ?? '' ) ) ?: 'latest';
		if ( !isset( self::ORDERS[$order] ) ) {
			return 'order';
		}
		$limit = trim( $in['limit'] ?? '' );
		if ( $limit !== '' && !preg_match( '/^[1-9][0-9]{0,3}$/D', $limit ) ) {
			return 'limit';
		}
		return new self( array_filter( $values ), $period === 'all' ? '' : $period, $order, min( self::MAX_LIMIT, (int)( $limit ?: 10 ) ) );
	}

	/** A page and its talk page are one thing to talk about. @return string[] */
	public static function pages( Title $title, NamespaceInfo $namespaces ): array {
		$pages = [ $title->getPrefixedText() ];
		if ( $namespaces->canHaveTalkPage( $title ) ) {
			$other = Title::newFromLinkTarget( $title->isTalkPage() ? $namespaces->getSubjectPage( $title ) : $namespaces->getTalkPage( $title ) );
			$pages[] = $other->getPrefixedText();
		}
		return array_map( Discussion::pageValue( ... ), $pages );
	}

	/** Whether a discussion with these values belongs here. Its age is left out: lists with a period are kept for an hour only. */
	public function fits( array $values ): bool {
		foreach ( $this->values as $kind => $any ) {
			if ( !array_intersect( $any, $values[$kind] ?? [] ) ) {
				return false;
			}
		}
		return true;
	}

	/** Under which keys a page that shows this list is to be found. @return string[] */
	public function keys(): array {
		foreach ( self::NARROWEST as $kind ) {
			if ( isset( $this->values[$kind] ) ) {
				return array_map( static fn ( $value ) => "$kind:$value", $this->values[$kind] );
			}
		}
		return [ '*' ];
	}

	public function toJson(): string {
		return json_encode( [ $this->values, $this->period ], JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
	}

	public static function fromJson( string $json ): self {
		[ $values, $period ] = json_decode( $json, true );
		return new self( $values, $period );
	}
}
