<?php

namespace MediaWiki\Extension\Stoa\Outgoing;

use JobQueueGroup;
use JobSpecification;
use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Extension\Stoa\State;
use Wikimedia\Rdbms\IConnectionProvider;
use Wikimedia\Rdbms\IDatabase;
use Wikimedia\Rdbms\ReadOnlyMode;

/** What this wiki tells the site, in order, until the site has taken it. */
class Outbox {
	private const GIVE_UP_SECONDS = 3 * 86400;
	private const FIRST_PAUSE_SECONDS = 10;
	private const LONGEST_PAUSE_SECONDS = 3600;
	private const AT_ONCE = 50;
	private const LOCK_SECONDS = 1;
	/** Sending these again would not help. */
	private const REFUSED = [ 400, 415, 422 ];

	public function __construct(
		private readonly IConnectionProvider $dbProvider,
		private readonly JobQueueGroup $jobs,
		private readonly Settings $settings,
		private readonly SiteClient $client,
		private readonly State $state,
		private readonly ReadOnlyMode $readOnlyMode
	) {
	}

	public function add( array $message ): void {
		if ( !$this->settings->speaks() ) {
			return;
		}
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$dbw->newInsertQueryBuilder()->insertInto( 'stoa_outbox' )->row( [
			'so_message' => 'wiki_' . bin2hex( random_bytes( 12 ) ),
			'so_body' => json_encode(
				[ 'type' => $message['type'], 'wiki' => $this->settings->wiki() ] + $message,
				JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE
			),
			'so_created' => $dbw->timestamp(),
			'so_next' => $dbw->timestamp(),
		] )->caller( __METHOD__ )->execute();
		$this->jobs->lazyPush( new JobSpecification( 'stoaSend', [] ) );
	}

	/** Sends by a job if anything is due. */
	public function sendSoon(): void {
		if ( $this->settings->speaks() && !$this->readOnlyMode->isReadOnly() && $this->due( 1 ) ) {
			$this->jobs->lazyPush( new JobSpecification( 'stoaSend', [] ) );
		}
	}

	/** Sends what is due; stops at the first that the site does not take, because they have an order. Returns how many went. */
	public function send(): int {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		if ( !$dbw->lock( 'stoa-outbox', __METHOD__, self::LOCK_SECONDS ) ) {
			return 0;
		}
		try {
			$due = $this->due( self::AT_ONCE );
			// Nothing is to wait for the site with a transaction open.
			$dbw->flushSnapshot( __METHOD__ );
			$done = [];
			$failures = [];
			$late = null;
			foreach ( $due as $row ) {
				[ $code ] = $this->client->tell( $row->so_message, $row->so_body );
				if ( $code !== 200 ) {
					$failures[] = [ json_decode( $row->so_body, true )['type'] ?? '', $code === 0 ? 'no answer' : "status $code" ];
				}
				$isOld = (int)wfTimestamp( TS_UNIX, $row->so_created ) < time() - self::GIVE_UP_SECONDS;
				if ( $code !== 200 && !$isOld && !in_array( $code, self::REFUSED, true ) ) {
					$late = $row;
					break;
				}
				$done[] = (int)$row->so_id;
			}
			if ( $done ) {
				$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_outbox' )->where( [ 'so_id' => $done ] )
					->caller( __METHOD__ )->execute();
			}
			if ( $late ) {
				$this->postpone( $dbw, (int)$late->so_id, (int)$late->so_attempts );
			}
			foreach ( $failures as [ $what, $why ] ) {
				$this->state->noteFailure( $what, $why );
			}
		} finally {
			$dbw->unlock( 'stoa-outbox', __METHOD__ );
		}
		return count( $done );
	}

	/** The first ones, if the first of all is due. @return object[] */
	private function due( int $limit ): array {
		$rows = iterator_to_array( $this->dbProvider->getPrimaryDatabase()->newSelectQueryBuilder()
			->select( [ 'so_id', 'so_message', 'so_body', 'so_created', 'so_attempts', 'so_next' ] )->from( 'stoa_outbox' )
			->orderBy( 'so_id' )->limit( $limit )->caller( __METHOD__ )->fetchResultSet(), false );
		return $rows && (int)wfTimestamp( TS_UNIX, $rows[0]->so_next ) <= time() ? $rows : [];
	}

	private function postpone( IDatabase $dbw, int $id, int $attempts ): void {
		$pause = min( self::LONGEST_PAUSE_SECONDS, self::FIRST_PAUSE_SECONDS * 2 ** min( $attempts, 20 ) );
		$dbw->newUpdateQueryBuilder()->update( 'stoa_outbox' )
			->set( [ 'so_attempts' => $attempts + 1, 'so_next' => $dbw->timestamp( time() + $pause ) ] )
			->where( [ 'so_id' => $id ] )->caller( __METHOD__ )->execute();
	}

	/** Makes everything due, for an administrator who has mended what was wrong. */
	public function retryAll(): void {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$dbw->newUpdateQueryBuilder()->update( 'stoa_outbox' )->set( [ 'so_next' => $dbw->timestamp() ] )
			->where( IDatabase::ALL_ROWS )->caller( __METHOD__ )->execute();
	}

	public function size(): int {
		return (int)$this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( 'COUNT(*)' )->from( 'stoa_outbox' )->caller( __METHOD__ )->fetchField();
	}
}
