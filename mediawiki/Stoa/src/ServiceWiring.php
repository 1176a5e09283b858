<?php

use MediaWiki\Config\ServiceOptions;
use MediaWiki\Extension\Stoa\Incoming\Accounts;
use MediaWiki\Extension\Stoa\Incoming\EventReceiver;
use MediaWiki\Extension\Stoa\Incoming\MirrorWriter;
use MediaWiki\Extension\Stoa\Incoming\NoticeSender;
use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Mirror\Freshness;
use MediaWiki\Extension\Stoa\Mirror\PagePurger;
use MediaWiki\Extension\Stoa\Mirror\UseStore;
use MediaWiki\Extension\Stoa\Outgoing\Outbox;
use MediaWiki\Extension\Stoa\Outgoing\Puller;
use MediaWiki\Extension\Stoa\Outgoing\SiteClient;
use MediaWiki\Extension\Stoa\Output\DiscussionView;
use MediaWiki\Extension\Stoa\Output\ListView;
use MediaWiki\Extension\Stoa\Output\WordsFactory;
use MediaWiki\Extension\Stoa\PageDiscussions;
use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Extension\Stoa\Signing\Signer;
use MediaWiki\Extension\Stoa\Signing\Verifier;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Extension\Stoa\State;
use MediaWiki\MediaWikiServices;
use MediaWiki\Registration\ExtensionRegistry;

return [
	'Stoa.Accounts' => static fn ( MediaWikiServices $s ) => new Accounts( $s->getCentralIdLookup(), $s->getUserFactory() ),
	'Stoa.DiscussionStore' => static fn ( MediaWikiServices $s ) => new DiscussionStore( $s->getConnectionProvider() ),
	'Stoa.DiscussionView' => static fn ( MediaWikiServices $s ) => new DiscussionView( $s->get( 'Stoa.SiteAddress' ), $s->get( 'Stoa.Freshness' ) ),
	'Stoa.EventReceiver' => static fn ( MediaWikiServices $s ) => new EventReceiver(
		$s->getConnectionProvider(), $s->get( 'Stoa.State' ), $s->get( 'Stoa.MirrorWriter' ), $s->get( 'Stoa.NoticeSender' ),
		$s->get( 'Stoa.Freshness' ), $s->get( 'Stoa.UseStore' ), $s->get( 'Stoa.PagePurger' ), $s->get( 'Stoa.Outbox' )
	),
	'Stoa.Freshness' => static fn ( MediaWikiServices $s ) => new Freshness( $s->get( 'Stoa.State' ) ),
	'Stoa.ListView' => static fn ( MediaWikiServices $s ) => new ListView( $s->get( 'Stoa.SiteAddress' ), $s->get( 'Stoa.Freshness' ) ),
	'Stoa.MirrorWriter' => static fn ( MediaWikiServices $s ) => new MirrorWriter(
		$s->get( 'Stoa.Settings' ), $s->get( 'Stoa.DiscussionStore' ), $s->get( 'Stoa.UseStore' ), $s->get( 'Stoa.PagePurger' ),
		$s->getTitleParser(), $s->getTitleFormatter()
	),
	'Stoa.NoticeSender' => static fn ( MediaWikiServices $s ) => new NoticeSender(
		$s->getConnectionProvider(), $s->get( 'Stoa.Accounts' ), $s->get( 'Stoa.UseStore' ),
		ExtensionRegistry::getInstance()
	),
	'Stoa.Outbox' => static fn ( MediaWikiServices $s ) => new Outbox(
		$s->getConnectionProvider(), $s->getJobQueueGroup(), $s->get( 'Stoa.Settings' ), $s->get( 'Stoa.SiteClient' ),
		$s->get( 'Stoa.State' ), $s->getReadOnlyMode()
	),
	'Stoa.PageDiscussions' => static fn ( MediaWikiServices $s ) => new PageDiscussions(
		$s->get( 'Stoa.DiscussionStore' ), $s->get( 'Stoa.UseStore' ), $s->getNamespaceInfo()
	),
	'Stoa.PagePurger' => static fn ( MediaWikiServices $s ) => new PagePurger( $s->getWikiPageFactory(), $s->getJobQueueGroup() ),
	'Stoa.Puller' => static fn ( MediaWikiServices $s ) => new Puller(
		$s->get( 'Stoa.SiteClient' ), $s->get( 'Stoa.SiteAddress' ), $s->get( 'Stoa.MirrorWriter' ), $s->getJobQueueGroup(), $s->getReadOnlyMode()
	),
	'Stoa.Settings' => static fn ( MediaWikiServices $s ) => new Settings( new ServiceOptions( Settings::OPTIONS, $s->getMainConfig() ) ),
	'Stoa.Signer' => static fn ( MediaWikiServices $s ) => new Signer( $s->get( 'Stoa.Settings' ) ),
	'Stoa.SiteAddress' => static fn ( MediaWikiServices $s ) => new SiteAddress( $s->get( 'Stoa.Settings' ), $s->get( 'Stoa.State' ) ),
	'Stoa.SiteClient' => static fn ( MediaWikiServices $s ) => new SiteClient(
		$s->get( 'Stoa.Settings' ), $s->get( 'Stoa.SiteAddress' ), $s->get( 'Stoa.Signer' ), $s->getHttpRequestFactory()
	),
	'Stoa.State' => static fn ( MediaWikiServices $s ) => new State( $s->getConnectionProvider() ),
	'Stoa.UseStore' => static fn ( MediaWikiServices $s ) => new UseStore( $s->getConnectionProvider() ),
	'Stoa.Verifier' => static fn ( MediaWikiServices $s ) => new Verifier( $s->get( 'Stoa.Settings' ) ),
	'Stoa.WordsFactory' => static fn ( MediaWikiServices $s ) => new WordsFactory( $s->getMainConfig() ),
];
