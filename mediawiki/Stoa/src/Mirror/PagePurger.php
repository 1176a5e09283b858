<?php

namespace MediaWiki\Extension\Stoa\Mirror;

use JobQueueGroup;
use JobSpecification;
use MediaWiki\Deferred\DeferredUpdates;
use MediaWiki\Page\WikiPageFactory;

/** Makes pages be written anew: at once when they are few, by jobs when they are many. */
class PagePurger {
	private const AT_ONCE = 100;

	public function __construct(
		private readonly WikiPageFactory $pages,
		private readonly JobQueueGroup $jobs
	) {
	}

	/** @param int[] $ids page_id */
	public function purgeSoon( array $ids ): void {
		$now = array_slice( $ids, 0, self::AT_ONCE );
		if ( $now ) {
			// After the commit: a page that is written before it would show what was.
			DeferredUpdates::addCallableUpdate( fn () => $this->purge( $now ), DeferredUpdates::PRESEND );
		}
		foreach ( array_chunk( array_slice( $ids, self::AT_ONCE ), self::AT_ONCE ) as $later ) {
			$this->jobs->lazyPush( new JobSpecification( 'stoaPurge', [ 'pages' => $later ] ) );
		}
	}

	/** @param int[] $ids page_id */
	public function purge( array $ids ): void {
		foreach ( $ids as $id ) {
			$page = $this->pages->newFromID( $id );
			if ( $page ) {
				$page->doPurge();
				// The parser cache counts in seconds: a page written in this second would count as newer than the purge. And one
				// that is written in the next may be made from what its request saw in this one.
				$page->getTitle()->invalidateCache( wfTimestamp( TS_MW, time() + 2 ) );
			}
		}
	}
}
