<?php

namespace MediaWiki\Extension\Stoa\Specials;

use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Mirror\ListFilter;
use MediaWiki\Extension\Stoa\Mirror\MirroredDiscussion;
use MediaWiki\Extension\Stoa\Output\ListView;
use MediaWiki\Extension\Stoa\Output\Words;
use MediaWiki\Extension\Stoa\Output\WordsFactory;
use MediaWiki\Extension\Stoa\PageDiscussions;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Html\Html;
use MediaWiki\HTMLForm\HTMLForm;
use MediaWiki\SpecialPage\SpecialPage;
use MediaWiki\Title\NamespaceInfo;
use MediaWiki\Title\Title;

/** Special:Discussions: all that are public, or those of one page. */
class SpecialDiscussions extends SpecialPage {
	private const PER_PAGE = 30;
	private const FIELDS = [ 'excerpt', 'category', 'tags', 'state', 'replies', 'participants', 'last', 'last_author' ];

	public function __construct(
		private readonly DiscussionStore $discussions,
		private readonly PageDiscussions $pageDiscussions,
		private readonly ListView $view,
		private readonly WordsFactory $words,
		private readonly SiteAddress $address,
		private readonly NamespaceInfo $namespaces
	) {
		parent::__construct( 'Discussions' );
	}

	/** @inheritDoc */
	public function execute( $subPage ) {
		$this->setHeaders();
		$out = $this->getOutput();
		$out->addModuleStyles( [ 'ext.stoa.styles' ] );
		if ( !$this->address->isKnown() ) {
			$out->addWikiMsg( 'stoa-error-unconfigured' );
			return;
		}
		$words = $this->words->in( $this->getLanguage() );
		$title = (string)$subPage === '' ? null : Title::newFromText( $subPage );
		if ( $title ) {
			$this->showPage( $title, $words );
		} else {
			$this->showAll( $words );
		}
	}

	private function showPage( Title $title, Words $words ): void {
		$out = $this->getOutput();
		$out->setPageTitleMsg( $this->msg( 'stoa-discussions-about' )->plaintextParams( $title->getPrefixedText() ) );
		$out->addBacklinkSubtitle( $title );
		$out->addHTML( $this->view->html( $this->pageDiscussions->of( $title ), self::FIELDS, $words, $title->getPrefixedText() ) );
		$out->addHTML( Html::rawElement( 'p', [], $this->getLinkRenderer()->makeKnownLink(
			$this->getPageTitle(), $this->msg( 'stoa-all-discussions' )->text() ) ) );
	}

	private function showAll( Words $words ): void {
		$this->addHelpText();
		$request = $this->getRequest();
		$in = [];
		foreach ( [ ...array_keys( ListFilter::KINDS ), 'period', 'order' ] as $name ) {
			$in[$name] = $request->getText( $name );
		}
		$isFiltered = (bool)array_filter( $in, static fn ( $value ) => $value !== '' );
		$this->getOutput()->addHTML( Html::rawElement( 'details', [ 'class' => 'ext-stoa-filters', 'open' => $isFiltered ],
			Html::element( 'summary', [], $this->msg( 'stoa-filter-legend' )->text() ) .
			$this->form()->prepareForm()->getHTML( false ) ) );
		$filter = ListFilter::fromParameters( $in, null, $this->namespaces );
		if ( is_string( $filter ) ) {
			$this->getOutput()->addHTML( Html::errorBox( $this->msg( 'stoa-error-parameter' )->plaintextParams( $filter )->escaped() ) );
			return;
		}
		$after = preg_match( '/^([0-9]{1,14})-([0-9]{1,18})$/D', $request->getText( 'after' ), $match ) ? [ $match[1], (int)$match[2] ] : null;
		if ( $after && $filter->order !== 'top' && strlen( $after[0] ) !== 14 ) {
			$after = null;
		}
		$found = $this->discussions->find( $filter, self::PER_PAGE + 1, $after );
		$shown = array_slice( $found, 0, self::PER_PAGE );
		$this->getOutput()->addHTML( $this->view->html( $shown, self::FIELDS, $words, null ) );
		if ( count( $found ) > self::PER_PAGE ) {
			$query = array_filter( $in, static fn ( $value ) => $value !== '' );
			$query['after'] = $this->place( $filter, end( $shown ) );
			$this->getOutput()->addHTML( Html::rawElement( 'p', [ 'class' => 'ext-stoa-next' ], $this->getLinkRenderer()->makeKnownLink(
				$this->getPageTitle(), $this->msg( 'stoa-next-page' )->text(), [ 'rel' => 'next' ], $query ) ) );
		}
	}

	private function place( ListFilter $filter, MirroredDiscussion $last ): string {
		$value = match ( $filter->order ) {
			'top' => $last->score,
			'new' => $last->data['created'],
			default => $last->data['last'],
		};
		return "$value-{$last->id}";
	}

	private function addHelpText(): void {
		$this->getOutput()->addHTML( Html::rawElement( 'p', [],
			Html::element( 'a', [ 'href' => $this->address->base() . '/' ], $this->msg( 'stoa-to-the-site' )->text() ) ) );
	}

	private function form(): HTMLForm {
		$fields = [];
		foreach ( [ 'category', 'tag', 'user', 'page' ] as $name ) {
			$fields[$name] = [ 'type' => 'text', 'name' => $name, 'label-message' => "stoa-filter-$name" ];
		}
		foreach ( [ 'period' => [ '', ...array_keys( ListFilter::PERIODS ) ], 'order' => array_keys( ListFilter::ORDERS ) ] as $name => $choices ) {
			$options = [];
			foreach ( $choices as $choice ) {
				$options["stoa-$name-" . ( $choice ?: 'all' )] = $choice;
			}
			$fields[$name] = [ 'type' => 'select', 'name' => $name, 'options-messages' => $options, 'label-message' => "stoa-filter-$name" ];
		}
		return HTMLForm::factory( 'codex', $fields, $this->getContext() )
			->setMethod( 'get' )->setTitle( $this->getPageTitle() )->setSubmitTextMsg( 'stoa-filter-submit' );
	}

	/** @inheritDoc */
	protected function getGroupName() {
		return 'changes';
	}
}
