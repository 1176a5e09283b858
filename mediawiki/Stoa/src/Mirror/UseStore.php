<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use Wikimedia\Rdbms\IConnectionProvider;

/** Which pages show or link to which discussions: rows of stoa_use. */
class UseStore {
	public const SHOWN = 1;
	public const LISTED = 2;
	public const LINKED = 3;

	public function __construct( private readonly IConnectionProvider $dbProvider ) {
	}

	/**
	 * Notes what a page shows and links to.
	 *
	 * @param int[] $shown
	 * @param ListFilter[] $lists
	 * @param int[] $linked
	 * @return bool Whether the discussions that are shown or linked to are other ones than before
	 */
	public function replace( int $page, array $shown, array $lists, array $linked ): bool {
		$rows = [];
		foreach ( [ self::SHOWN => $shown, self::LINKED => $linked ] as $kind => $ids ) {
			foreach ( $ids as $id ) {
				$rows["$kind|$id|"] = [ 'su_page' => $page, 'su_kind' => $kind, 'su_key' => (string)$id, 'su_hash' => '', 'su_filter' => null ];
			}
		}
		foreach ( $lists as $filter ) {
			$json = $filter->toJson();
			$hash = substr( md5( $json ), 0, 16 );
			foreach ( $filter->keys() as $key ) {
				$rows[self::LISTED . "|$key|$hash"] = [
					'su_page' => $page, 'su_kind' => self::LISTED, 'su_key' => $key, 'su_hash' => $hash, 'su_filter' => $json,
				];
			}
		}
		$old = $this->rows( $page );
		$gone = array_diff_key( $old, $rows );
		$added = array_diff_key( $rows, $old );
		$dbw = $this->dbProvider->getPrimaryDatabase();
		foreach ( $gone as $row ) {
			$dbw->newDeleteQueryBuilder()->deleteFrom( 'stoa_use' )->where( [ 'su_page' => $page ] + $row )->caller( __METHOD__ )->execute();
		}
		if ( $added ) {
			$dbw->newInsertQueryBuilder()->insertInto( 'stoa_use' )->ignore()->rows( array_values( $added ) )->caller( __METHOD__ )->execute();
		}
		$isDiscussion = static fn ( $row ) => (int)$row['su_kind'] !== self::LISTED;
		return (bool)array_filter( $gone + $added, $isDiscussion );
	}

	/** @return array<string,array> */
	private function rows( int $page ): array {
		$rows = [];
		$found = $this->dbProvider->getPrimaryDatabase()->newSelectQueryBuilder()
			->select( [ 'su_kind', 'su_key', 'su_hash' ] )->from( 'stoa_use' )->where( [ 'su_page' => $page ] )
			->caller( __METHOD__ )->fetchResultSet();
		foreach ( $found as $row ) {
			$rows["{$row->su_kind}|{$row->su_key}|{$row->su_hash}"] =
				[ 'su_kind' => (int)$row->su_kind, 'su_key' => $row->su_key, 'su_hash' => $row->su_hash ];
		}
		return $rows;
	}

	public function forget( int $page ): void {
		$this->dbProvider->getPrimaryDatabase()->newDeleteQueryBuilder()
			->deleteFrom( 'stoa_use' )->where( [ 'su_page' => $page ] )->caller( __METHOD__ )->execute();
	}

	/** @return int[] Discussions that a page shows or links to */
	public function discussionsOf( int $page ): array {
		if ( !$page ) {
			return [];
		}
		return array_map( 'intval', $this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( 'su_key' )->distinct()->from( 'stoa_use' )
			->where( [ 'su_page' => $page, 'su_kind' => [ self::SHOWN, self::LINKED ] ] )->limit( 200 )
			->caller( __METHOD__ )->fetchFieldValues() );
	}

	/** @return int[] Pages that show a discussion */
	public function pagesShowing( int $id, int $limit ): array {
		return array_map( 'intval', $this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( 'su_page' )->from( 'stoa_use' )->where( [ 'su_kind' => self::SHOWN, 'su_key' => (string)$id ] )
			->orderBy( 'su_page' )->limit( $limit )->caller( __METHOD__ )->fetchFieldValues() );
	}

	/**
	 * Pages that change with a discussion: those that show it, and those with a list that it fits or fitted.
	 *
	 * @param int $id
	 * @param array[] $valueSets Its values now and before
	 * @return int[]
	 */
	public function pagesChangedBy( int $id, array $valueSets ): array {
		$dbr = $this->dbProvider->getPrimaryDatabase();
		$pages = array_fill_keys( $dbr->newSelectQueryBuilder()->select( 'su_page' )->from( 'stoa_use' )
			->where( [ 'su_kind' => self::SHOWN, 'su_key' => (string)$id ] )->caller( __METHOD__ )->fetchFieldValues(), true );
		$keys = [ '*' ];
		foreach ( $valueSets as $values ) {
			foreach ( $values as $kind => $some ) {
				foreach ( $some as $value ) {
					$keys[] = "$kind:$value";
				}
			}
		}
		$rows = $dbr->newSelectQueryBuilder()->select( [ 'su_page', 'su_hash', 'su_filter' ] )->from( 'stoa_use' )
			->where( [ 'su_kind' => self::LISTED, 'su_key' => array_values( array_unique( $keys ) ) ] )
			->caller( __METHOD__ )->fetchResultSet();
		$fits = [];
		foreach ( $rows as $row ) {
			$fits[$row->su_hash] ??= $this->fitsAny( ListFilter::fromJson( $row->su_filter ), $valueSets );
			if ( $fits[$row->su_hash] ) {
				$pages[$row->su_page] = true;
			}
		}
		return array_map( 'intval', array_keys( $pages ) );
	}

	private function fitsAny( ListFilter $filter, array $valueSets ): bool {
		foreach ( $valueSets as $values ) {
			if ( $filter->fits( $values ) ) {
				return true;
			}
		}
		return false;
	}

	/** @return int[] All pages that show anything */
	public function allPages(): array {
		return array_map( 'intval', $this->dbProvider->getReplicaDatabase()->newSelectQueryBuilder()
			->select( 'su_page' )->distinct()->from( 'stoa_use' )->where( [ 'su_kind' => [ self::SHOWN, self::LISTED ] ] )
			->caller( __METHOD__ )->fetchFieldValues() );
	}
}
