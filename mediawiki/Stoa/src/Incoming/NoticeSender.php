<?php

namespace MediaWiki\Extension\Stoa\Incoming;

use MediaWiki\Extension\Notifications\Controller\NotificationController;
use MediaWiki\Extension\Notifications\Model\Event;
use MediaWiki\Extension\Notifications\NotifUser;
use MediaWiki\Extension\Notifications\Services as EchoServices;
use MediaWiki\Extension\Stoa\Mirror\UseStore;
use MediaWiki\Extension\Stoa\Output\Words;
use MediaWiki\Registration\ExtensionRegistry;
use MediaWiki\User\User;
use RuntimeException;
use Wikimedia\Rdbms\IConnectionProvider;
use Wikimedia\Timestamp\ConvertibleTimestamp;

/** Turns the site's notices into notifications of Echo, where the wiki has it. */
class NoticeSender {
	public const KINDS = [ 'mention', 'reply', 'quote', 'topic', 'event', 'moderation' ];

	private const MAX_RECIPIENTS = 1000;
	private const MAX_TARGET_PAGES = 20;
	private const KEPT_SECONDS = 180 * 86400;

	public function __construct(
		private readonly IConnectionProvider $dbProvider,
		private readonly Accounts $accounts,
		private readonly UseStore $uses,
		private readonly ExtensionRegistry $extensions
	) {
	}

	public function hasEcho(): bool {
		return $this->extensions->isLoaded( 'Echo' );
	}

	/** @throws NotUnderstood */
	public function send( array $in ): array {
		[ $id, $recipients ] = $this->head( $in );
		$discussion = $in['discussion'] ?? null;
		$post = $in['post'] ?? null;
		if ( !in_array( $in['kind'] ?? null, self::KINDS, true ) || !is_int( $discussion ) || $discussion < 1
			|| !( $post === null || is_int( $post ) && $post > 0 )
		) {
			throw new NotUnderstood( 'a notice has no kind, discussion or post' );
		}
		[ $found, $unknown ] = $this->find( $recipients );
		$users = array_diff_key( $found, array_flip( $this->alreadyTold( $id ) ) );
		$type = "stoa-{$in['kind']}";
		$users = $this->hasEcho() ? array_filter( $users, fn ( $user ) => $this->wants( $user, $type ) ) : [];
		if ( $users ) {
			$event = $this->createEvent( $type, $id, $discussion, $post, $users, $in );
			// Echo leaves out who has muted the author, and the author.
			$told = array_filter(
				iterator_to_array( NotificationController::getUsersToNotifyForEvent( $event ), false ),
				static fn ( User $user ) => isset( $users[$user->getId()] )
			);
			$this->note( $id, $told, (int)$event->getId(), $discussion, (int)$post );
		}
		return [ 'status' => empty( $told ) ? 'none' : 'notified', 'unknown' => $unknown ];
	}

	/** @throws NotUnderstood */
	public function markRead( array $in ): array {
		[ $id, $recipients ] = $this->head( $in );
		[ $found ] = $this->find( $recipients );
		if ( $found && $this->hasEcho() ) {
			$rows = $this->dbProvider->getPrimaryDatabase()->newSelectQueryBuilder()
				->select( [ 'sn_user', 'sn_event' ] )->from( 'stoa_notice' )
				->where( [ 'sn_id' => $id, 'sn_user' => array_keys( $found ) ] )->caller( __METHOD__ )->fetchResultSet();
			foreach ( $rows as $row ) {
				NotifUser::newFromUser( $found[(int)$row->sn_user] )->markRead( [ (int)$row->sn_event ] );
			}
		}
		return [ 'status' => 'ok' ];
	}

	/** Marks as read what somebody was told about a post, or about all of a discussion. */
	public function markSeen( User $user, int $discussion, ?int $post, array $eventIds ): void {
		if ( !$this->hasEcho() || !$user->isNamed() ) {
			return;
		}
		$where = [ 'sn_user' => $user->getId(), 'sn_discussion' => $discussion ];
		if ( $post !== null ) {
			$where['sn_post'] = $post;
		}
		$own = $this->dbProvider->getPrimaryDatabase()->newSelectQueryBuilder()
			->select( 'sn_event' )->from( 'stoa_notice' )->where( $where )->limit( 500 )
			->caller( __METHOD__ )->fetchFieldValues();
		$ids = array_values( array_unique( array_map( 'intval', [ ...$own, ...$eventIds ] ) ) );
		if ( $ids ) {
			NotifUser::newFromUser( $user )->markRead( $ids );
		}
	}

	public function prune(): void {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$before = $dbw->timestamp( time() - self::KEPT_SECONDS );
		$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_notice' )->where( $dbw->expr( 'sn_time', '<', $before ) )
			->caller( __METHOD__ )->execute();
	}

	/** @return array{0:int,1:array} */
	private function head( array $in ): array {
		if ( !is_int( $in['id'] ?? null ) || $in['id'] < 1 || !is_array( $in['recipients'] ?? null )
			|| count( $in['recipients'] ) > self::MAX_RECIPIENTS
		) {
			throw new NotUnderstood( 'a notice has no id or no recipients' );
		}
		return [ $in['id'], array_column( $in['recipients'], 'sub' ) ];
	}

	/** @return array{0:array<int,User>,1:string[]} Accounts by number, and whom this wiki does not know */
	private function find( array $subs ): array {
		$found = [];
		$unknown = [];
		foreach ( $subs as $sub ) {
			$user = $this->accounts->find( $sub );
			if ( $user ) {
				$found[$user->getId()] = $user;
			} elseif ( is_string( $sub ) ) {
				$unknown[] = $sub;
			}
		}
		return [ $found, $unknown ];
	}

	/** @return int[] */
	private function alreadyTold( int $id ): array {
		return array_map( 'intval', $this->dbProvider->getPrimaryDatabase()->newSelectQueryBuilder()
			->select( 'sn_user' )->from( 'stoa_notice' )->where( [ 'sn_id' => $id ] )->forUpdate()
			->caller( __METHOD__ )->fetchFieldValues() );
	}

	private function wants( User $user, string $type ): bool {
		return in_array( $type, EchoServices::getInstance()->getAttributeManager()->getUserEnabledEvents( $user, [ 'web', 'email' ] ), true );
	}

	private function createEvent( string $type, int $id, int $discussion, ?int $post, array $users, array $in ): Event {
		$actor = is_array( $in['actor'] ?? null ) ? $in['actor'] : [];
		$time = is_string( $in['time'] ?? null ) ? ConvertibleTimestamp::convert( TS_MW, $in['time'] ) : false;
		$event = Event::create( array_filter( [
			'type' => $type,
			// The author's account here, so that the mute lists of people can work.
			'agent' => $this->accounts->find( $actor['sub'] ?? null ),
			'timestamp' => $time ? min( $time, ConvertibleTimestamp::now() ) : null,
			'extra' => [
				'recipients' => array_keys( $users ),
				'notice' => $id,
				'discussion' => $discussion,
				'post' => $post,
				'title' => mb_substr( trim( Words::plain( $in['title'] ?? '' ) ), 0, 300 ),
				'actor' => mb_substr( trim( Words::plain( $actor['name'] ?? '' ) ), 0, 120 ),
				'excerpt' => mb_substr( trim( Words::plain( $in['excerpt'] ?? '' ) ), 0, 300 ),
				// Whoever reads the discussion on a page of this wiki has read this.
				'target-page' => $this->uses->pagesShowing( $discussion, self::MAX_TARGET_PAGES ),
			],
		] ) );
		if ( !$event ) {
			// Taken back with all else, and sent again.
			throw new RuntimeException( "Echo did not take a notice of the type $type" );
		}
		return $event;
	}

	/** @param User[] $users */
	private function note( int $id, array $users, int $event, int $discussion, int $post ): void {
		if ( !$users ) {
			return;
		}
		$dbw = $this->dbProvider->getPrimaryDatabase();
		// Two messages with one notice at the same moment: the second fails here, is taken back, and finds the first when it comes again.
		$dbw->newInsertQueryBuilder()->insertInto( 'stoa_notice' )
			->rows( array_map( static fn ( User $user ) => [
				'sn_id' => $id, 'sn_user' => $user->getId(), 'sn_event' => $event, 'sn_discussion' => $discussion,
				'sn_post' => $post, 'sn_time' => $dbw->timestamp(),
			], array_values( $users ) ) )
			->caller( __METHOD__ )->execute();
	}
}
