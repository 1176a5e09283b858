<?php

namespace MediaWiki\Extension\Stoa\Hooks;

use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\Mirror\ListFilter;
use MediaWiki\Extension\Stoa\Outgoing\Puller;
use MediaWiki\Extension\Stoa\Output\DiscussionView;
use MediaWiki\Extension\Stoa\Output\Labels;
use MediaWiki\Extension\Stoa\Output\ListView;
use MediaWiki\Extension\Stoa\Output\Words;
use MediaWiki\Extension\Stoa\Output\WordsFactory;
use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Hook\ParserFirstCallInitHook;
use MediaWiki\Html\Html;
use MediaWiki\Output\Hook\OutputPageParserOutputHook;
use MediaWiki\Parser\Parser;
use MediaWiki\Parser\PPFrame;
use MediaWiki\Title\NamespaceInfo;
use MediaWiki\Title\Title;

/** What may be written on pages: <discussion>, <discussions> and {{#discussions:}}. All is read from the mirror. */
class ParserHooks implements ParserFirstCallInitHook, OutputPageParserOutputHook {
	public const SHOWN = 'stoa-shown';
	public const LISTED = 'stoa-listed';

	private const MAX_TAGS = 20;
	private const COUNT = 'stoa-tags';
	private const UNKNOWN_KEPT_SECONDS = 60;
	private const PERIOD_KEPT_SECONDS = 3600;
	private const CDN_SECONDS = 3600;

	public function __construct(
		private readonly Settings $settings,
		private readonly SiteAddress $address,
		private readonly DiscussionStore $discussions,
		private readonly Freshness $freshness,
		private readonly Puller $puller,
		private readonly DiscussionView $discussionView,
		private readonly ListView $listView,
		private readonly WordsFactory $words,
		private readonly NamespaceInfo $namespaces
	) {
	}

	/** @inheritDoc */
	public function onParserFirstCallInit( $parser ) {
		$parser->setHook( 'discussion', $this->discussion( ... ) );
		$parser->setHook( 'discussions', $this->discussions( ... ) );
		$parser->setFunctionHook( 'discussions', $this->discussionsFunction( ... ) );
	}

	private function discussion( ?string $text, array $args, Parser $parser, PPFrame $frame ): string {
		$words = $this->words->in( $parser->getTargetLanguage() );
		$id = trim( $args['id'] ?? '' );
		$posts = trim( $args['posts'] ?? '' );
		if ( !preg_match( '/^[1-9][0-9]{0,17}$/D', $id ) ) {
			return $this->wrong( $words, 'stoa-error-id' );
		}
		if ( $posts !== '' && !preg_match( '/^[0-9]{1,2}$/D', $posts ) ) {
			return $this->wrong( $words, 'stoa-error-parameter', 'posts' );
		}
		$refusal = $this->begin( $parser, $words );
		if ( $refusal !== null ) {
			return $refusal;
		}
		$id = (int)$id;
		$output = $parser->getOutput();
		$output->appendExtensionData( self::SHOWN, (string)$id );
		if ( $this->settings->storesExternalLinks() ) {
			$output->addExternalLink( $this->address->discussion( $id ) );
		}
		$discussion = $this->discussions->get( $id );
		if ( !$discussion || $discussion->isWorthAsking() ) {
			$this->puller->pullSoon( $id );
			$output->updateCacheExpiry( self::UNKNOWN_KEPT_SECONDS );
		}
		if ( !$discussion ) {
			return $this->discussionView->unknown( $id, $words );
		}
		return $discussion->isGone
			? $this->discussionView->gone( $words )
			: $this->discussionView->html( $discussion, $posts === '' ? $this->settings->embedPosts() : (int)$posts, $words );
	}

	private function discussions( ?string $text, array $args, Parser $parser, PPFrame $frame ): string {
		$words = $this->words->in( $parser->getTargetLanguage() );
		$here = Title::castFromPageReference( $parser->getPage() );
		$known = [ ...array_keys( ListFilter::KINDS ), 'period', 'order', 'limit', 'fields' ];
		$unknown = array_diff( array_keys( $args ), $known );
		if ( $unknown ) {
			return $this->wrong( $words, 'stoa-error-parameter', (string)reset( $unknown ) );
		}
		$filter = ListFilter::fromParameters( $args, $here, $this->namespaces );
		if ( is_string( $filter ) ) {
			return $this->wrong( $words, 'stoa-error-parameter', $filter );
		}
		$fields = Labels::DEFAULTS;
		if ( trim( $args['fields'] ?? '' ) !== '' ) {
			$fields = array_map( static fn ( $field ) => str_replace( '-', '_', strtolower( trim( $field ) ) ), explode( ',', $args['fields'] ) );
			if ( array_diff( $fields, [ ...Labels::FIELDS, 'title' ] ) ) {
				return $this->wrong( $words, 'stoa-error-parameter', 'fields' );
			}
		}
		$refusal = $this->begin( $parser, $words );
		if ( $refusal !== null ) {
			return $refusal;
		}
		$output = $parser->getOutput();
		$output->appendExtensionData( self::LISTED, $filter->toJson() );
		if ( $filter->period !== '' ) {
			$output->updateCacheExpiry( self::PERIOD_KEPT_SECONDS );
		}
		$page = trim( $args['page'] ?? '' );
		$about = $page === '' ? null : ( strtolower( $page ) === 'this' ? $here : Title::newFromText( $page ) );
		return $this->listView->html( $this->discussions->find( $filter ), $fields, $words, $about?->getPrefixedText() );
	}

	/**
	 * {{#discussions: category=tea | limit=5 }} becomes the tag of the same name, whose values may so have templates in them.
	 * Parsoid takes tags, but not HTML, from functions.
	 */
	private function discussionsFunction( Parser $parser, string ...$params ): array {
		$attributes = [];
		foreach ( $params as $param ) {
			[ $name, $value ] = array_map( 'trim', explode( '=', $param, 2 ) ) + [ '', '' ];
			if ( $value !== '' && preg_match( '/^[a-z]+$/', $name ) ) {
				$attributes[$name] = $value;
			}
		}
		return [ Html::element( 'discussions', $attributes ), 'noparse' => false ];
	}

	/** Counts, and prepares the page. Returns what stands there instead when it is too much. */
	private function begin( Parser $parser, Words $words ): ?string {
		$output = $parser->getOutput();
		$output->addModuleStyles( [ 'ext.stoa.styles' ] );
		$count = (int)$output->getExtensionData( self::COUNT ) + 1;
		if ( $count > self::MAX_TAGS || !$parser->incrementExpensiveFunctionCount() ) {
			return $this->wrong( $words, 'stoa-error-many', self::MAX_TAGS );
		}
		$output->setExtensionData( self::COUNT, $count );
		// What a request reads is as old as its beginning, when its view of the database was fixed, not as the moment at which it
		// begins to write the page: a change between the two, in the second before, would be older than the page that lacks it.
		if ( MW_ENTRY_POINT !== 'cli' && !$output->hasCacheTime() ) {
			$output->setCacheTime( wfTimestamp( TS_MW, (int)$_SERVER['REQUEST_TIME'] ) );
		}
		if ( !$this->address->isKnown() ) {
			return $this->wrong( $words, 'stoa-error-unconfigured' );
		}
		$output->updateCacheExpiry( $this->freshness->secondsUntilOld() );
		return null;
	}

	private function wrong( Words $words, string $key, string|int ...$params ): string {
		return Html::element( 'strong', [ 'class' => 'error ext-stoa-error' ], $words->msg( $key )->plaintextParams( ...$params )->text() );
	}

	/** @inheritDoc */
	public function onOutputPageParserOutput( $outputPage, $parserOutput ): void {
		if ( $parserOutput->getExtensionData( self::COUNT ) ) {
			// Pages are purged when something changes; this is for purges that are lost.
			$outputPage->lowerCdnMaxage( self::CDN_SECONDS );
		}
	}
}
