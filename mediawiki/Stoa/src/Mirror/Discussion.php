<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use InvalidArgumentException;
use MediaWiki\Extension\Stoa\Output\HtmlCleaner;
use MediaWiki\Extension\Stoa\Output\Words;
use MediaWiki\Title\MalformedTitleException;
use MediaWiki\Title\TitleFormatter;
use MediaWiki\Title\TitleParser;
use Wikimedia\Timestamp\ConvertibleTimestamp;

/** A discussion as the site described it: checked and cleaned once, when it arrives. */
class Discussion {
	public const CATEGORY = 1;
	public const TAG = 2;
	public const GROUP = 3;
	public const USER = 4;
	public const PAGE = 5;

	private const MAX_POSTS = 50;
	private const MAX_VALUES = 50;
	private const MAX_PAGES = 500;
	private const MAX_VALUE_BYTES = 320;

	/**
	 * @param array<string,mixed> $data Without posts
	 * @param array[]|null $posts Null when it came from a list
	 * @param array<int,string[]> $values Kind => what lists are filtered by
	 */
	private function __construct(
		public readonly int $id,
		public readonly int $seq,
		public readonly array $data,
		public readonly ?array $posts,
		public readonly array $values
	) {
	}

	/** @throws InvalidArgumentException when it is not one */
	public static function fromSite( mixed $in, string $wiki, TitleParser $parser, TitleFormatter $formatter ): self {
		if ( !is_array( $in ) || !is_int( $in['id'] ?? null ) || $in['id'] < 1 || !is_int( $in['seq'] ?? null ) || $in['seq'] < 0 ) {
			throw new InvalidArgumentException( 'a discussion has no id or no seq' );
		}
		$created = self::time( $in['created'] ?? null );
		$last = self::time( $in['last'] ?? null ) ?? $created;
		$title = self::text( $in['title'] ?? '', 300 );
		if ( $created === null || $title === '' ) {
			throw new InvalidArgumentException( "discussion {$in['id']} has no title or no time" );
		}
		$categories = [];
		foreach ( array_slice( self::items( $in['categories'] ?? [] ), 0, self::MAX_VALUES ) as $category ) {
			$categories[] = [ 'slug' => self::text( $category['slug'] ?? '', 120 ), 'name' => self::text( $category['name'] ?? '', 120 ) ];
		}
		$pages = [];
		foreach ( array_slice( self::items( $in['pages'] ?? [] ), 0, self::MAX_PAGES ) as $page ) {
			if ( ( $page['wiki'] ?? null ) === $wiki && is_string( $page['title'] ?? null ) ) {
				try {
					$pages[] = $formatter->getPrefixedText( $parser->parseTitle( $page['title'] ) );
				} catch ( MalformedTitleException ) {
					// Not a page that this wiki could have.
				}
			}
		}
		$data = [
			'title' => $title,
			'url' => self::text( $in['url'] ?? '', 1000 ),
			'lang' => self::lang( $in['lang'] ?? null ),
			'dir' => self::dir( $in['dir'] ?? null ),
			'state' => in_array( $in['state'] ?? null, [ 'open', 'closed', 'archived' ], true ) ? $in['state'] : 'open',
			'categories' => $categories,
			'tags' => self::texts( $in['tags'] ?? [] ),
			'groups' => self::texts( $in['groups'] ?? [] ),
			'author' => self::person( $in['author'] ?? null ),
			'replies' => self::count( $in['replies'] ?? 0 ),
			'participants' => self::count( $in['participants'] ?? 0 ),
			'likes' => self::count( $in['likes'] ?? 0 ),
			'created' => $created,
			'last' => $last,
			'last_author' => self::person( $in['last_author'] ?? null ),
			'excerpt' => self::text( $in['excerpt'] ?? '', 300 ),
			'pages' => $pages,
			'posts_left_out' => self::count( $in['posts_left_out'] ?? 0 ),
		];
		$values = array_filter( [
			self::CATEGORY => self::values( array_merge( array_column( $categories, 'slug' ), array_column( $categories, 'name' ) ) ),
			self::TAG => self::values( $data['tags'] ),
			self::GROUP => self::values( $data['groups'] ),
			self::USER => self::values( [ $data['author']['name'] ?? '' ] ),
			self::PAGE => self::pageValues( $pages ),
		] );
		return new self( $in['id'], $in['seq'], $data, isset( $in['posts'] ) ? self::posts( $in['posts'] ) : null, $values );
	}

	/** How a value is compared: in small letters, not longer than the column. */
	public static function value( string $text ): string {
		return mb_strcut( mb_strtolower( trim( $text ) ), 0, self::MAX_VALUE_BYTES );
	}

	/** A page's name as it is compared: exactly. */
	public static function pageValue( string $title ): string {
		return mb_strcut( $title, 0, self::MAX_VALUE_BYTES );
	}

	/** @return string[] */
	private static function values( array $texts ): array {
		$values = array_unique( array_filter( array_map( self::value( ... ), $texts ), static fn ( $v ) => $v !== '' ) );
		return array_slice( array_values( $values ), 0, self::MAX_VALUES );
	}

	/** @return string[] */
	private static function pageValues( array $pages ): array {
		return array_slice( array_values( array_unique( array_map( self::pageValue( ... ), $pages ) ) ), 0, self::MAX_VALUES );
	}

	/** @return array[] */
	private static function posts( mixed $in ): array {
		$cleaner = new HtmlCleaner();
		$posts = [];
		foreach ( array_slice( self::items( $in ), 0, self::MAX_POSTS ) as $post ) {
			$time = self::time( $post['time'] ?? null );
			if ( !is_int( $post['number'] ?? null ) || $post['number'] < 1 || $time === null ) {
				continue;
			}
			$posts[$post['number']] = [
				'number' => $post['number'],
				'author' => self::person( $post['author'] ?? null ),
				'time' => $time,
				'lang' => self::lang( $post['lang'] ?? null ),
				'dir' => self::dir( $post['dir'] ?? null ),
				'html' => $cleaner->clean( is_string( $post['html'] ?? null ) ? $post['html'] : '' ),
			];
		}
		ksort( $posts );
		return array_values( $posts );
	}

	/** @return array[] */
	private static function items( mixed $in ): array {
		return is_array( $in ) ? array_values( array_filter( $in, 'is_array' ) ) : [];
	}

	/** @return string[] */
	private static function texts( mixed $in ): array {
		$texts = array_map( static fn ( $text ) => self::text( $text, 120 ), is_array( $in ) ? array_values( $in ) : [] );
		return array_slice( array_values( array_filter( $texts, static fn ( $text ) => $text !== '' ) ), 0, self::MAX_VALUES );
	}

	private static function text( mixed $in, int $length ): string {
		return mb_substr( trim( Words::plain( $in ) ), 0, $length );
	}

	private static function count( mixed $in ): int {
		return is_int( $in ) ? max( 0, min( $in, 1_000_000_000 ) ) : 0;
	}

	private static function lang( mixed $in ): string {
		return is_string( $in ) && preg_match( '/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$/D', $in ) ? $in : '';
	}

	private static function dir( mixed $in ): string {
		return in_array( $in, [ 'ltr', 'rtl' ], true ) ? $in : 'auto';
	}

	private static function time( mixed $in ): ?string {
		return is_string( $in ) ? ( ConvertibleTimestamp::convert( TS_MW, $in ) ?: null ) : null;
	}

	/** @return array{name:string,url:string}|null */
	private static function person( mixed $in ): ?array {
		$name = self::text( is_array( $in ) ? $in['name'] ?? '' : '', 120 );
		return $name === '' ? null : [ 'name' => $name, 'url' => self::text( $in['url'] ?? '', 1000 ) ];
	}
}
