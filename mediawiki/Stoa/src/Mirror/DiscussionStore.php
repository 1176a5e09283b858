<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use stdClass;
use Wikimedia\Rdbms\IConnectionProvider;
use Wikimedia\Rdbms\IReadableDatabase;
use Wikimedia\Rdbms\SelectQueryBuilder;

/** The mirror: rows of stoa_discussion and stoa_value. */
class DiscussionStore {
	private const UNKNOWN_KEPT_SECONDS = 30 * 86400;
	private const FIELDS = [ 'sd_id', 'sd_seq', 'sd_deleted', 'sd_last', 'sd_created', 'sd_score', 'sd_stored', 'sd_data' ];

	public function __construct( private readonly IConnectionProvider $dbProvider ) {
	}

	/**
	 * Writes a discussion unless a later one is known. The same is taken once more when it has the posts that were missing.
	 *
	 * @return array<int,string[]>|null Its former values; null when it is stale
	 */
	public function save( Discussion $new ): ?array {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$old = $dbw->newSelectQueryBuilder()
			->select( [ 'sd_seq', 'sd_posts_seq', 'sd_deleted' ] )->from( 'stoa_discussion' )
			->where( [ 'sd_id' => $new->id ] )->forUpdate()
			->caller( __METHOD__ )->fetchRow();
		if ( $old && !$this->isNews( $old, $new ) ) {
			return null;
		}
		$row = [
			'sd_seq' => $new->seq,
			'sd_deleted' => 0,
			'sd_created' => $dbw->timestamp( $new->data['created'] ),
			'sd_last' => $dbw->timestamp( $new->data['last'] ),
			'sd_score' => $new->data['replies'] + $new->data['likes'],
			'sd_stored' => $dbw->timestamp(),
			'sd_data' => $this->encode( $new->data ),
		];
		if ( $new->posts !== null ) {
			$row += [ 'sd_posts' => $this->encode( $new->posts ), 'sd_posts_seq' => $new->seq ];
		}
		$dbw->newInsertQueryBuilder()->insertInto( 'stoa_discussion' )
			->row( [ 'sd_id' => $new->id ] + $row )
			->onDuplicateKeyUpdate()->uniqueIndexFields( [ 'sd_id' ] )->set( $row )
			->caller( __METHOD__ )->execute();
		return $this->replaceValues( $new->id, $new->values );
	}

	private function isNews( stdClass $old, Discussion $new ): bool {
		if ( (int)$old->sd_seq !== $new->seq ) {
			return $new->seq > (int)$old->sd_seq;
		}
		return !$old->sd_deleted && $new->posts !== null && (int)$old->sd_posts_seq < $new->seq;
	}

	/**
	 * Forgets what was said; only the number stays, so that nothing older brings it back.
	 *
	 * @param int|null $seq Null when the site does not know it (any more): nothing is stale then
	 * @return array<int,string[]>|null Its former values; null when it is stale
	 */
	public function delete( int $id, ?int $seq ): ?array {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$old = $dbw->newSelectQueryBuilder()->select( [ 'sd_seq', 'sd_deleted' ] )->from( 'stoa_discussion' )
			->where( [ 'sd_id' => $id ] )->forUpdate()->caller( __METHOD__ )->fetchRow();
		if ( $old && ( $seq === null ? (bool)$old->sd_deleted : $seq <= (int)$old->sd_seq ) ) {
			return null;
		}
		$row = [
			// Without a number of its own a deletion may have been a mistake: then the same version may come back.
			'sd_seq' => $seq ?? max( 0, (int)( $old->sd_seq ?? 0 ) - 1 ), 'sd_deleted' => 1, 'sd_score' => 0,
			'sd_created' => $dbw->timestamp(), 'sd_last' => $dbw->timestamp(), 'sd_stored' => $dbw->timestamp(),
			'sd_data' => null, 'sd_posts' => null, 'sd_posts_seq' => 0,
		];
		$dbw->newInsertQueryBuilder()->insertInto( 'stoa_discussion' )
			->row( [ 'sd_id' => $id ] + $row )
			->onDuplicateKeyUpdate()->uniqueIndexFields( [ 'sd_id' ] )->set( $row )
			->caller( __METHOD__ )->execute();
		return $this->replaceValues( $id, [] );
	}

	/** @return array<int,string[]> The former ones */
	private function replaceValues( int $id, array $new ): array {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$old = $this->valuesOf( $id, $dbw );
		if ( $this->sorted( $old ) === $this->sorted( $new ) ) {
			return $old;
		}
		$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_value' )->where( [ 'sv_discussion' => $id ] )->caller( __METHOD__ )->execute();
		$rows = [];
		foreach ( $new as $kind => $values ) {
			foreach ( $values as $value ) {
				$rows[] = [ 'sv_kind' => $kind, 'sv_value' => $value, 'sv_discussion' => $id ];
			}
		}
		if ( $rows ) {
			$dbw->newInsertQueryBuilder()->insertInto( 'stoa_value' )->ignore()->rows( $rows )->caller( __METHOD__ )->execute();
		}
		return $old;
	}

	/** @return array<int,string[]> */
	private function valuesOf( int $id, IReadableDatabase $db ): array {
		$rows = $db->newSelectQueryBuilder()->select( [ 'sv_kind', 'sv_value' ] )->from( 'stoa_value' )
			->where( [ 'sv_discussion' => $id ] )->caller( __METHOD__ )->fetchResultSet();
		$values = [];
		foreach ( $rows as $row ) {
			$values[(int)$row->sv_kind][] = (string)$row->sv_value;
		}
		return $values;
	}

	private function sorted( array $values ): array {
		ksort( $values );
		array_walk( $values, static function ( &$some ) {
			sort( $some );
		} );
		return $values;
	}

	/** What was bound to a page's old name is bound to its new one; the site will say the same when it has heard of it. */
	public function movePage( string $from, string $to ): void {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$where = [ 'sv_kind' => Discussion::PAGE, 'sv_value' => Discussion::pageValue( $from ) ];
		$ids = $dbw->newSelectQueryBuilder()->select( 'sv_discussion' )->from( 'stoa_value' )->where( $where )
			->caller( __METHOD__ )->fetchFieldValues();
		if ( !$ids ) {
			return;
		}
		$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_value' )->where( $where )->caller( __METHOD__ )->execute();
		$dbw->newInsertQueryBuilder()->insertInto( 'stoa_value' )->ignore()
			->rows( array_map( static fn ( $id ) => [
				'sv_kind' => Discussion::PAGE, 'sv_value' => Discussion::pageValue( $to ), 'sv_discussion' => $id,
			], $ids ) )
			->caller( __METHOD__ )->execute();
	}

	/** One with its posts; null when nothing is known about it. */
	public function get( int $id ): ?MirroredDiscussion {
		$row = $this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( [ ...self::FIELDS, 'sd_posts', 'sd_posts_seq' ] )->from( 'stoa_discussion' )
			->where( [ 'sd_id' => $id ] )->caller( __METHOD__ )->fetchRow();
		return $row ? MirroredDiscussion::fromRow( $row ) : null;
	}

	public function isDeleted( int $id ): bool {
		return (bool)$this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( 'sd_deleted' )->from( 'stoa_discussion' )->where( [ 'sd_id' => $id ] )
			->caller( __METHOD__ )->fetchField();
	}

	/**
	 * Those of a list, without their posts.
	 *
	 * @param array{0:string,1:int}|null $after The place of the last one of the page before
	 * @return MirroredDiscussion[]
	 */
	public function find( ListFilter $filter, ?int $limit = null, ?array $after = null ): array {
		$dbr = $this->dbProvider->getReplicaDatabase();
		$column = ListFilter::ORDERS[$filter->order];
		$query = $dbr->newSelectQueryBuilder()->select( self::FIELDS )->from( 'stoa_discussion' )
			->where( [ 'sd_deleted' => 0 ] )
			->orderBy( [ $column, 'sd_id' ], SelectQueryBuilder::SORT_DESC )
			->limit( $limit ?? $filter->limit )->caller( __METHOD__ );
		foreach ( $filter->values as $kind => $any ) {
			$query->andWhere( 'sd_id IN (' . $this->having( $dbr, $kind, $any )->getSQL() . ')' );
		}
		if ( $filter->period !== '' ) {
			$since = time() - ListFilter::PERIODS[$filter->period] * 86400;
			$query->andWhere( $dbr->expr( 'sd_last', '>=', $dbr->timestamp( $since ) ) );
		}
		if ( $after ) {
			$place = $column === 'sd_score' ? (int)$after[0] : $dbr->timestamp( $after[0] );
			$query->andWhere( $dbr->buildComparison( '<', [ $column => $place, 'sd_id' => $after[1] ] ) );
		}
		return array_map( MirroredDiscussion::fromRow( ... ), iterator_to_array( $query->fetchResultSet(), false ) );
	}

	/** @return MirroredDiscussion[] Bound to one of these pages, or among these numbers; newest first */
	public function ofPages( array $pages, array $ids, int $limit ): array {
		$rows = $this->queryOfPages( $pages, $ids )->select( self::FIELDS )
			->orderBy( [ 'sd_last', 'sd_id' ], SelectQueryBuilder::SORT_DESC )->limit( $limit )
			->caller( __METHOD__ )->fetchResultSet();
		return array_map( MirroredDiscussion::fromRow( ... ), iterator_to_array( $rows, false ) );
	}

	public function countOfPages( array $pages, array $ids ): int {
		return (int)$this->queryOfPages( $pages, $ids )->select( 'COUNT(*)' )->caller( __METHOD__ )->fetchField();
	}

	private function queryOfPages( array $pages, array $ids ): SelectQueryBuilder {
		$dbr = $this->dbProvider->getReplicaDatabase();
		$either = [ 'sd_id IN (' . $this->having( $dbr, Discussion::PAGE, $pages )->getSQL() . ')' ];
		if ( $ids ) {
			$either[] = $dbr->expr( 'sd_id', '=', $ids )->toSql( $dbr );
		}
		return $dbr->newSelectQueryBuilder()->from( 'stoa_discussion' )
			->where( [ 'sd_deleted' => 0, $dbr->makeList( $either, LIST_OR ) ] );
	}

	private function having( IReadableDatabase $dbr, int $kind, array $any ): SelectQueryBuilder {
		return $dbr->newSelectQueryBuilder()->select( 'sv_discussion' )->from( 'stoa_value' )
			->where( [ 'sv_kind' => $kind, 'sv_value' => $any ] )->caller( __METHOD__ );
	}

	/** @return array{discussions:int,bytes:int} */
	public function size(): array {
		$row = $this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( [ 'n' => 'COUNT(*)', 'bytes' => 'SUM(COALESCE(LENGTH(sd_data), 0) + COALESCE(LENGTH(sd_posts), 0))' ] )
			->from( 'stoa_discussion' )->where( [ 'sd_deleted' => 0 ] )->caller( __METHOD__ )->fetchRow();
		return [ 'discussions' => (int)$row->n, 'bytes' => (int)$row->bytes ];
	}

	/** @return int[] All that are public, in their order, after one */
	public function idsAfter( int $id, int $limit ): array {
		$dbr = $this->dbProvider->getReplicaDatabase();
		return array_map( 'intval', $dbr->newSelectQueryBuilder()->select( 'sd_id' )->from( 'stoa_discussion' )
			->where( [ 'sd_deleted' => 0, $dbr->expr( 'sd_id', '>', $id ) ] )->orderBy( 'sd_id' )->limit( $limit )
			->caller( __METHOD__ )->fetchFieldValues() );
	}

	/** Drops what is kept of numbers that the site never had: anybody can ask for any number. */
	public function prune(): void {
		$dbw = $this->dbProvider->getPrimaryDatabase();
		$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_discussion' )
			->where( [ 'sd_deleted' => 1, 'sd_seq' => 0, $dbw->expr( 'sd_last', '<', $dbw->timestamp( time() - self::UNKNOWN_KEPT_SECONDS ) ) ] )
			->caller( __METHOD__ )->execute();
	}

	private function encode( array $data ): string {
		return json_encode( $data, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR );
	}
}
