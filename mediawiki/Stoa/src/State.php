<?php

namespace MediaWiki\Extension\Stoa;

use Wikimedia\Rdbms\IConnectionProvider;

/** A few facts about the site as a whole, by name. */
class State {
	/** live, frozen or moved */
	public const SITE = 'site';
	/** Where the site moved to */
	public const BASE_URL = 'base_url';
	/** Unix time when the site was last heard of */
	public const CONTACT = 'contact';
	/** [ type, Unix time ] */
	public const LAST_EVENT = 'last_event';
	/** The place in the site's log that is known */
	public const PLACE = 'place';
	/** [ Unix time, discussions, deleted ] */
	public const RECONCILED = 'reconciled';
	/** The last ten, newest first: [ Unix time, what, why ] */
	public const FAILURES = 'failures';

	private const FAILURES_KEPT = 10;

	/** @var array<string,mixed>|null */
	private ?array $known = null;

	public function __construct( private readonly IConnectionProvider $dbProvider ) {
	}

	public function get( string $key, mixed $default = null ): mixed {
		if ( $this->known === null ) {
			$this->known = [];
			$rows = $this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
				->select( [ 'ss_key', 'ss_value' ] )->from( 'stoa_state' )
				->caller( __METHOD__ )->fetchResultSet();
			foreach ( $rows as $row ) {
				$this->known[$row->ss_key] = json_decode( $row->ss_value, true );
			}
		}
		return $this->known[$key] ?? $default;
	}

	public function set( string $key, mixed $value ): void {
		$json = json_encode( $value, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE );
		$this->dbProvider->getPrimaryDatabase()->newInsertQueryBuilder()
			->insertInto( 'stoa_state' )
			->row( [ 'ss_key' => $key, 'ss_value' => $json ] )
			->onDuplicateKeyUpdate()->uniqueIndexFields( [ 'ss_key' ] )->set( [ 'ss_value' => $json ] )
			->caller( __METHOD__ )->execute();
		$this->get( $key );
		$this->known[$key] = $value;
	}

	public function noteFailure( string $what, string $why ): void {
		$failures = $this->get( self::FAILURES, [] );
		array_unshift( $failures, [ time(), $what, mb_substr( $why, 0, 300 ) ] );
		$this->set( self::FAILURES, array_slice( $failures, 0, self::FAILURES_KEPT ) );
	}
}
