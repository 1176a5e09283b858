<?php

namespace MediaWiki\Extension\Stoa\Hooks;

use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\PageDiscussions;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Hook\SidebarBeforeOutputHook;
use MediaWiki\SpecialPage\SpecialPage;

/** Two links in the toolbox: begin a discussion about this page, and those that there are. */
class SkinHooks implements SidebarBeforeOutputHook {

	public function __construct(
		private readonly SiteAddress $address,
		private readonly Freshness $freshness,
		private readonly PageDiscussions $pageDiscussions
	) {
	}

	/** @inheritDoc */
	public function onSidebarBeforeOutput( $skin, &$sidebar ): void {
		$title = $skin->getRelevantTitle();
		if ( !$title || !$title->canExist() || !$this->address->isKnown() ) {
			return;
		}
		if ( !$this->freshness->isFrozen() ) {
			$sidebar['TOOLBOX']['stoa-discuss'] = [
				'id' => 't-stoa-discuss',
				'text' => $skin->msg( 'stoa-toolbox-discuss' )->text(),
				'href' => $this->address->newTopic( $title->getPrefixedText() ),
			];
		}
		$count = $this->pageDiscussions->count( $title );
		if ( $count ) {
			$sidebar['TOOLBOX']['stoa-discussions'] = [
				'id' => 't-stoa-discussions',
				'text' => $skin->msg( 'stoa-toolbox-discussions' )->numParams( $count )->text(),
				'href' => SpecialPage::getTitleFor( 'Discussions', $title->getPrefixedText() )->getLocalURL(),
			];
		}
	}
}
