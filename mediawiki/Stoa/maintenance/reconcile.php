<?php

namespace MediaWiki\Extension\Stoa\Maintenance;

use InvalidArgumentException;
use MediaWiki\Extension\Stoa\State;
use MediaWiki\Maintenance\Maintenance;

// @codeCoverageIgnoreStart
$IP = getenv( 'MW_INSTALL_PATH' ) ?: dirname( __DIR__, 3 );
require_once "$IP/maintenance/Maintenance.php";
// @codeCoverageIgnoreEnd

/** Gets what the site changed since the last time, in case messages were lost; sends what waits. For cron. */
class Reconcile extends Maintenance {
	private const MAX_STEPS = 10_000;

	public function __construct() {
		parent::__construct();
		$this->addDescription( 'Compares the mirror of discussions with the site, and sends what waits to be sent.' );
		$this->addOption( 'full', 'From the beginning, and forget what the site does not have' );
		$this->requireExtension( 'Stoa' );
	}

	/** @inheritDoc */
	public function execute() {
		$services = $this->getServiceContainer();
		$settings = $services->get( 'Stoa.Settings' );
		$state = $services->get( 'Stoa.State' );
		$client = $services->get( 'Stoa.SiteClient' );
		$mirror = $services->get( 'Stoa.MirrorWriter' );
		$puller = $services->get( 'Stoa.Puller' );
		$uses = $services->get( 'Stoa.UseStore' );
		$store = $services->get( 'Stoa.DiscussionStore' );
		if ( $settings->url() === '' || $settings->wiki() === '' ) {
			$this->fatalError( '$wgStoaUrl and $wgStoaWiki are needed.' );
		}
		$full = $this->hasOption( 'full' );
		$place = $full ? null : $state->get( State::PLACE );
		$stored = $deleted = 0;
		$seen = [];
		for ( $step = 0; $step < self::MAX_STEPS; $step++ ) {
			[ $code, $answer ] = $client->get(
				'/api/v1/wiki/' . rawurlencode( $settings->wiki() ) . '/discussions', $place === null ? [] : [ 'since' => $place ] );
			if ( $code !== 200 || !is_array( $answer['discussions'] ?? null ) ) {
				$state->noteFailure( 'reconcile', $code === 0 ? 'no answer' : "status $code" );
				$this->commitTransaction( $this->getPrimaryDB(), __METHOD__ );
				$this->fatalError( "The site did not answer (status $code). Nothing is lost: the next run goes on from here." );
			}
			foreach ( $answer['discussions'] as $discussion ) {
				$id = (int)( $discussion['id'] ?? 0 );
				$seen[$id] = true;
				try {
					$stored += (int)$mirror->store( $discussion );
				} catch ( InvalidArgumentException $e ) {
					$this->error( 'Left out: ' . $e->getMessage() );
					continue;
				}
				// Lists come without posts.
				if ( !isset( $discussion['posts'] ) && $uses->pagesShowing( $id, 1 ) && $store->get( $id )?->isWorthAsking() ) {
					$puller->pull( $id );
				}
			}
			foreach ( $answer['deleted'] ?? [] as $id ) {
				if ( is_int( $id ) && $id > 0 ) {
					$deleted += (int)$mirror->delete( $id, null );
				}
			}
			$place = $answer['next'] ?? $place;
			$state->set( State::PLACE, $place );
			$this->commitTransaction( $this->getPrimaryDB(), __METHOD__ );
			if ( !( $answer['more'] ?? false ) ) {
				break;
			}
		}
		if ( $full ) {
			for ( $last = 0; $ids = $store->idsAfter( $last, 500 ); $last = end( $ids ) ) {
				foreach ( array_diff( $ids, array_keys( $seen ) ) as $id ) {
					$deleted += (int)$mirror->delete( $id, null );
				}
				$this->commitTransaction( $this->getPrimaryDB(), __METHOD__ );
			}
		}
		if ( $services->get( 'Stoa.Freshness' )->noteContact() ) {
			$services->get( 'Stoa.PagePurger' )->purgeSoon( $uses->allPages() );
		}
		$state->set( State::RECONCILED, [ time(), $stored, $deleted ] );
		$services->get( 'Stoa.NoticeSender' )->prune();
		$mirror->prune();
		$this->commitTransaction( $this->getPrimaryDB(), __METHOD__ );
		$sent = $settings->speaks() ? $services->get( 'Stoa.Outbox' )->send() : 0;
		$this->output( "$stored stored, $deleted deleted, $sent sent.\n" );
	}
}

// @codeCoverageIgnoreStart
$maintClass = Reconcile::class;
require_once RUN_MAINTENANCE_IF_MAIN;
// @codeCoverageIgnoreEnd
