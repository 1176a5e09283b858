<?php

namespace MediaWiki\Extension\Stoa;

use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Mirror\ListFilter;
use MediaWiki\Extension\Stoa\Mirror\MirroredDiscussion;
use MediaWiki\Extension\Stoa\Mirror\UseStore;
use MediaWiki\Title\NamespaceInfo;
use MediaWiki\Title\Title;

/** The discussions of a page: those bound to it or to its talk page, and those that it shows or links to. */
class PageDiscussions {
	private const MAX = 100;

	public function __construct(
		private readonly DiscussionStore $discussions,
		private readonly UseStore $uses,
		private readonly NamespaceInfo $namespaces
	) {
	}

	/** @return MirroredDiscussion[] */
	public function of( Title $title ): array {
		return $this->discussions->ofPages(
			ListFilter::pages( $title, $this->namespaces ), $this->uses->discussionsOf( $title->getArticleID() ), self::MAX );
	}

	public function count( Title $title ): int {
		return $this->discussions->countOfPages(
			ListFilter::pages( $title, $this->namespaces ), $this->uses->discussionsOf( $title->getArticleID() ) );
	}
}
