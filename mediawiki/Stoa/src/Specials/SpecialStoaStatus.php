<?php

namespace MediaWiki\Extension\Stoa\Specials;

use MediaWiki\Extension\Stoa\Incoming\NoticeSender;
use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\Extension\Stoa\Outgoing\Outbox;
use MediaWiki\Extension\Stoa\Outgoing\SiteClient;
use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Extension\Stoa\Signing\Signer;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Extension\Stoa\State;
use MediaWiki\Html\Html;
use MediaWiki\HTMLForm\HTMLForm;
use MediaWiki\SpecialPage\SpecialPage;
use MediaWiki\Status\Status;

/** Special:StoaStatus: how the wiki and the site get on, for administrators. */
class SpecialStoaStatus extends SpecialPage {
	private const SHOWN_OF_KEY = 8;

	public function __construct(
		private readonly Settings $settings,
		private readonly SiteAddress $address,
		private readonly State $state,
		private readonly DiscussionStore $discussions,
		private readonly Outbox $outbox,
		private readonly Signer $signer,
		private readonly SiteClient $client,
		private readonly NoticeSender $notices
	) {
		parent::__construct( 'StoaStatus', 'stoa-manage' );
	}

	/** @inheritDoc */
	public function execute( $subPage ) {
		$this->setHeaders();
		$this->checkPermissions();
		$this->addTable( 'stoa-status-settings', [
			'stoa-status-url' => $this->text( $this->address->base() ),
			'stoa-status-wiki' => $this->text( $this->settings->wiki() ),
			'stoa-status-keys' => $this->text( implode( ', ', array_map( $this->short( ... ), $this->settings->publicKeys() ) ) ),
			'stoa-status-own-key' => $this->text( $this->short( (string)$this->signer->publicKey() ) ),
			'stoa-status-echo' => $this->msg( $this->notices->hasEcho() ? 'stoa-yes' : 'stoa-no' )->escaped(),
		] );
		$lastEvent = $this->state->get( State::LAST_EVENT );
		$reconciled = $this->state->get( State::RECONCILED );
		$size = $this->discussions->size();
		$site = $this->state->get( State::SITE, 'live' );
		$this->addTable( 'stoa-status-traffic', [
			'stoa-status-site' => $this->msg( "stoa-status-site-$site" )->escaped(),
			'stoa-status-last-event' => $lastEvent
				? $this->moment( $lastEvent[1] ) . ' ' . Html::element( 'code', [], $lastEvent[0] )
				: $this->text( '' ),
			'stoa-status-reconciled' => $reconciled ? $this->moment( $reconciled[0] ) : $this->text( '' ),
			'stoa-status-mirror' => $this->msg( 'stoa-status-mirror-size' )->numParams( $size['discussions'] )
				->sizeParams( $size['bytes'] )->escaped(),
			'stoa-status-waiting' => htmlspecialchars( $this->getLanguage()->formatNum( $this->outbox->size() ) ),
		] );
		$failures = '';
		foreach ( $this->state->get( State::FAILURES, [] ) as [ $time, $what, $why ] ) {
			$failures .= Html::rawElement( 'li', [],
				$this->moment( $time ) . ' ' . Html::element( 'code', [], $what ) . ' ' . htmlspecialchars( $why ) );
		}
		$this->getOutput()->addHTML( Html::element( 'h2', [], $this->msg( 'stoa-status-failures' )->text() ) .
			( $failures === '' ? Html::rawElement( 'p', [], $this->text( '' ) ) : Html::rawElement( 'ul', [], $failures ) ) );
		if ( $this->settings->speaks() ) {
			$this->form()->show();
		}
	}

	private function form(): HTMLForm {
		return HTMLForm::factory( 'codex', [], $this->getContext() )
			->setSubmitTextMsg( 'stoa-status-test' )->setSubmitCallback( $this->test( ... ) );
	}

	/** Sends a ping now, and makes what waits be tried again. */
	private function test(): bool|Status {
		if ( !$this->signer->isUsable() ) {
			return Status::newFatal( 'stoa-status-test-key' );
		}
		$body = json_encode( [ 'type' => 'ping', 'wiki' => $this->settings->wiki() ] );
		[ $code ] = $this->client->tell( 'wiki_' . bin2hex( random_bytes( 12 ) ), $body );
		if ( $code !== 200 ) {
			return Status::newFatal( 'stoa-status-test-failed', $this->getLanguage()->formatNum( $code ) );
		}
		$this->outbox->retryAll();
		$this->outbox->sendSoon();
		$this->getOutput()->addHTML( Html::successBox( $this->msg( 'stoa-status-test-good' )->escaped() ) );
		return true;
	}

	/** @param array<string,string> $rows Message => HTML */
	private function addTable( string $heading, array $rows ): void {
		$html = '';
		foreach ( $rows as $key => $value ) {
			$html .= Html::rawElement( 'tr', [],
				Html::element( 'th', [ 'scope' => 'row' ], $this->msg( $key )->text() ) . Html::rawElement( 'td', [], $value ) );
		}
		$this->getOutput()->addHTML( Html::element( 'h2', [], $this->msg( $heading )->text() ) .
			Html::rawElement( 'table', [ 'class' => 'wikitable' ], $html ) );
	}

	private function text( string $text ): string {
		return $text === '' ? $this->msg( 'stoa-status-none' )->escaped() : Html::element( 'bdi', [], $text );
	}

	private function short( string $key ): string {
		return $key === '' ? '' : substr( $key, 0, self::SHOWN_OF_KEY ) . '…';
	}

	private function moment( int $time ): string {
		return htmlspecialchars( $this->getLanguage()->userTimeAndDate( wfTimestamp( TS_MW, $time ), $this->getUser() ) );
	}

	/** @inheritDoc */
	public function doesWrites() {
		return true;
	}

	/** @inheritDoc */
	protected function getGroupName() {
		return 'wiki';
	}
}
