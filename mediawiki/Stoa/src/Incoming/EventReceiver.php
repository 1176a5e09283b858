<?php

namespace MediaWiki\Extension\Stoa\Incoming;

use InvalidArgumentException;
use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\Mirror\PagePurger;
use MediaWiki\Extension\Stoa\Mirror\UseStore;
use MediaWiki\Extension\Stoa\Outgoing\Outbox;
use MediaWiki\Extension\Stoa\State;
use Wikimedia\Rdbms\IConnectionProvider;
use Wikimedia\Rdbms\IDatabase;

/** Carries out what the site says, each message once. */
class EventReceiver {
	/** The site tries for three days. */
	private const DELIVERIES_KEPT_SECONDS = 7 * 86400;
	private const PRUNE_ONE_IN = 100;

	public function __construct(
		private readonly IConnectionProvider $dbProvider,
		private readonly State $state,
		private readonly MirrorWriter $mirror,
		private readonly NoticeSender $notices,
		private readonly Freshness $freshness,
		private readonly UseStore $uses,
		private readonly PagePurger $purger,
		private readonly Outbox $outbox
	) {
	}

	/**
	 * @param string $id webhook-id
	 * @param array<string,mixed> $event
	 * @return array<string,mixed> What to answer
	 * @throws NotUnderstood
	 */
	public function receive( string $id, array $event ): array {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		// One section, and the delivery last: a message counts as carried out when all of it was.
		$answer = $dbw->doAtomicSection( __METHOD__, function ( IDatabase $dbw ) use ( $id, $event ) {
			if ( $this->wasCarriedOut( $dbw, $id ) ) {
				return [ 'status' => 'duplicate' ];
			}
			$answer = $this->carryOut( $event );
			$this->state->set( State::LAST_EVENT, [ (string)$event['type'], time() ] );
			if ( $this->freshness->noteContact() ) {
				$this->purger->purgeSoon( $this->uses->allPages() );
			}
			$dbw->newInsertQueryBuilder()->insertInto( 'stoa_delivery' )
				->row( [ 'sl_id' => $id, 'sl_time' => $dbw->timestamp() ] )->caller( __METHOD__ )->execute();
			if ( mt_rand( 1, self::PRUNE_ONE_IN ) === 1 ) {
				$this->prune( $dbw );
			}
			return $answer;
		}, IDatabase::ATOMIC_CANCELABLE );
		// The site is there: what it has not taken yet may go.
		$this->outbox->sendSoon();
		return $answer;
	}

	private function wasCarriedOut( IDatabase $dbw, string $id ): bool {
		return (bool)$dbw->newSelectQueryBuilder()->select( '1' )->from( 'stoa_delivery' )->where( [ 'sl_id' => $id ] )
			->caller( __METHOD__ )->fetchField();
	}

	private function carryOut( array $event ): array {
		switch ( $event['type'] ?? null ) {
			case 'ping':
				return [ 'status' => 'ok' ];
			case 'notification':
				return $this->notices->send( $event );
			case 'notification.read':
				return $this->notices->markRead( $event );
			case 'discussion.updated':
				try {
					return [ 'status' => $this->mirror->store( $event['discussion'] ?? null ) ? 'stored' : 'stale' ];
				} catch ( InvalidArgumentException $e ) {
					throw new NotUnderstood( $e->getMessage() );
				}
			case 'discussion.deleted':
				if ( !is_int( $event['id'] ?? null ) || $event['id'] < 1 || !is_int( $event['seq'] ?? null ) ) {
					throw new NotUnderstood( 'no id or no seq' );
				}
				return [ 'status' => $this->mirror->delete( $event['id'], $event['seq'] ) ? 'stored' : 'stale' ];
			case 'forum.state':
				return $this->changeState( $event );
		}
		throw new NotUnderstood( 'unknown type' );
	}

	private function changeState( array $event ): array {
		$state = $event['state'] ?? null;
		$base = rtrim( (string)( $event['base_url'] ?? '' ), '/' );
		if ( !in_array( $state, [ 'live', 'frozen', 'moved' ], true ) || !preg_match( '!^https?://[^\s/?#@<>"\\\\]+[^\s?#<>"\\\\]*$!D', $base ) ) {
			throw new NotUnderstood( 'no state or no address' );
		}
		$changes = $this->state->get( State::SITE, 'live' ) !== $state || $this->state->get( State::BASE_URL ) !== $base;
		$this->state->set( State::SITE, $state );
		$this->state->set( State::BASE_URL, $base );
		if ( $changes ) {
			$this->purger->purgeSoon( $this->uses->allPages() );
		}
		return [ 'status' => 'stored' ];
	}

	private function prune( IDatabase $dbw ): void {
		$before = $dbw->timestamp( time() - self::DELIVERIES_KEPT_SECONDS );
		$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_delivery' )->where( $dbw->expr( 'sl_time', '<', $before ) )
			->caller( __METHOD__ )->execute();
		$this->notices->prune();
		$this->mirror->prune();
	}
}
