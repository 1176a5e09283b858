<?php

namespace MediaWiki\Extension\Stoa\Hooks;

use JobQueueGroup;
use ManualLogEntry;
use MediaWiki\Extension\Stoa\Incoming\Accounts;
use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Mirror\ListFilter;
use MediaWiki\Extension\Stoa\Mirror\PagePurger;
use MediaWiki\Extension\Stoa\Mirror\UseStore;
use MediaWiki\Extension\Stoa\Outgoing\Outbox;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Hook\LinksUpdateCompleteHook;
use MediaWiki\Hook\PageMoveCompleteHook;
use MediaWiki\Page\Hook\PageDeleteCompleteHook;
use MediaWiki\Page\Hook\PageUndeleteCompleteHook;
use MediaWiki\Page\ProperPageIdentity;
use MediaWiki\Parser\ParserOutput;
use MediaWiki\Parser\ParserOutputLinkTypes;
use MediaWiki\Permissions\Authority;
use MediaWiki\RenameUser\Hook\RenameUserCompleteHook;
use MediaWiki\Revision\RevisionRecord;
use MediaWiki\Title\Title;
use MediaWiki\Title\TitleFormatter;
use MediaWiki\User\UserFactory;
use RefreshLinksJob;

/** Tells the site what happens to pages and names, and keeps in mind which page shows what. */
class PageHooks implements
	LinksUpdateCompleteHook,
	PageMoveCompleteHook,
	PageDeleteCompleteHook,
	PageUndeleteCompleteHook,
	RenameUserCompleteHook
{

	public function __construct(
		private readonly UseStore $uses,
		private readonly DiscussionStore $discussions,
		private readonly Outbox $outbox,
		private readonly SiteAddress $address,
		private readonly Accounts $accounts,
		private readonly TitleFormatter $titleFormatter,
		private readonly UserFactory $users,
		private readonly PagePurger $purger,
		private readonly JobQueueGroup $jobs
	) {
	}

	/** @inheritDoc */
	public function onLinksUpdateComplete( $linksUpdate, $ticket ) {
		$output = $linksUpdate->getParserOutput();
		$page = $linksUpdate->getPageId();
		$shown = array_map( 'intval', array_keys( $output->getExtensionData( ParserHooks::SHOWN ) ?? [] ) );
		$lists = array_map( ListFilter::fromJson( ... ), array_keys( $output->getExtensionData( ParserHooks::LISTED ) ?? [] ) );
		$linked = $this->address->isKnown() ? $this->linkedFrom( $output ) : [];
		if ( $page && $this->uses->replace( $page, $shown, $lists, $linked ) ) {
			sort( $shown );
			$all = array_values( array_unique( [ ...$linked, ...$shown ] ) );
			sort( $all );
			$this->outbox->add( [
				'type' => 'page.links',
				'page_id' => $page,
				'title' => $linksUpdate->getTitle()->getPrefixedText(),
				'links' => $all,
				'embeds' => $shown,
				'rev' => (int)( $linksUpdate->getRevisionRecord()?->getId() ?? $linksUpdate->getTitle()->getLatestRevID() ),
			] );
		}
	}

	/** @return int[] Discussions that a page links to, by their addresses or with an interwiki prefix */
	private function linkedFrom( ParserOutput $output ): array {
		$urls = array_keys( $output->getExternalLinks() );
		foreach ( $output->getLinkList( ParserOutputLinkTypes::INTERWIKI ) as $item ) {
			$urls[] = Title::newFromLinkTarget( $item['link'] )->getFullURL();
		}
		$ids = array_filter( array_map( fn ( $url ) => $this->address->discussionOf( (string)$url ), $urls ) );
		return array_values( array_unique( $ids ) );
	}

	/** @inheritDoc */
	public function onPageMoveComplete( $old, $new, $user, $pageid, $redirid, $reason, $revision ) {
		$from = $this->titleFormatter->getPrefixedText( $old );
		$to = $this->titleFormatter->getPrefixedText( $new );
		$this->discussions->movePage( $from, $to );
		// What "this page" means has changed, for what is shown and for what is to be purged later.
		$this->purger->purgeSoon( array_filter( [ (int)$pageid, (int)$redirid ] ) );
		$this->jobs->lazyPush( RefreshLinksJob::newDynamic( Title::newFromLinkTarget( $new ), [] ) );
		$this->outbox->add( [ 'type' => 'page.moved', 'page_id' => (int)$pageid, 'from' => $from, 'title' => $to, 'redirect' => (bool)$redirid ] );
	}

	/** @inheritDoc */
	public function onPageDeleteComplete(
		ProperPageIdentity $page, Authority $deleter, string $reason, int $pageID, RevisionRecord $deletedRev,
		ManualLogEntry $logEntry, int $archivedRevisionCount
	) {
		$this->uses->forget( $pageID );
		$this->outbox->add( [ 'type' => 'page.deleted', 'page_id' => $pageID, 'title' => $this->titleFormatter->getPrefixedText( $page ) ] );
	}

	/** @inheritDoc */
	public function onPageUndeleteComplete(
		ProperPageIdentity $page, Authority $restorer, string $reason, RevisionRecord $restoredRev,
		ManualLogEntry $logEntry, int $restoredRevisionCount, bool $created, array $restoredPageIds
	): void {
		if ( $created ) {
			$this->outbox->add( [
				'type' => 'page.restored', 'page_id' => $page->getId(), 'title' => $this->titleFormatter->getPrefixedText( $page ),
			] );
		}
	}

	/** @inheritDoc */
	public function onRenameUserComplete( int $uid, string $old, string $new ): void {
		$sub = $this->accounts->subOf( $this->users->newFromId( $uid ) );
		if ( $sub !== null ) {
			$this->outbox->add( [ 'type' => 'user.renamed', 'sub' => $sub, 'name' => $new ] );
		}
	}
}
