<?php

namespace MediaWiki\Extension\Stoa\Incoming;

use InvalidArgumentException;
use MediaWiki\Extension\Stoa\Mirror\Discussion;
use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Mirror\PagePurger;
use MediaWiki\Extension\Stoa\Mirror\UseStore;
use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Title\Title;
use MediaWiki\Title\TitleFormatter;
use MediaWiki\Title\TitleParser;

/** Changes the mirror and purges the pages on which that shows. */
class MirrorWriter {

	public function __construct(
		private readonly Settings $settings,
		private readonly DiscussionStore $discussions,
		private readonly UseStore $uses,
		private readonly PagePurger $purger,
		private readonly TitleParser $titleParser,
		private readonly TitleFormatter $titleFormatter
	) {
	}

	/**
	 * @param mixed $in A discussion as the site describes it
	 * @return bool False when it is stale
	 * @throws InvalidArgumentException
	 */
	public function store( mixed $in ): bool {
		$discussion = Discussion::fromSite( $in, $this->settings->wiki(), $this->titleParser, $this->titleFormatter );
		$before = $this->discussions->save( $discussion );
		if ( $before === null ) {
			return false;
		}
		$this->purge( $discussion->id, $discussion->values, $before );
		return true;
	}

	/** @return bool False when it is stale */
	public function delete( int $id, ?int $seq ): bool {
		$before = $this->discussions->delete( $id, $seq );
		if ( $before === null ) {
			return false;
		}
		$this->purge( $id, [], $before );
		return true;
	}

	public function prune(): void {
		$this->discussions->prune();
	}

	private function purge( int $id, array $now, array $before ): void {
		$pages = $this->uses->pagesChangedBy( $id, [ $now, $before ] );
		$nowBound = $now[Discussion::PAGE] ?? [];
		$wereBound = $before[Discussion::PAGE] ?? [];
		// The number in the toolbox of the pages that it is bound to.
		foreach ( array_merge( array_diff( $nowBound, $wereBound ), array_diff( $wereBound, $nowBound ) ) as $name ) {
			$pages[] = Title::newFromText( $name )?->getArticleID() ?? 0;
		}
		$this->purger->purgeSoon( array_values( array_unique( array_filter( $pages ) ) ) );
	}
}
