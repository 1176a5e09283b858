<?php

namespace MediaWiki\Extension\Stoa\Specials;

use ErrorPageError;
use MediaWiki\Extension\Stoa\Incoming\NoticeSender;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\SpecialPage\UnlistedSpecialPage;
use Wikimedia\Rdbms\ReadOnlyMode;

/** Special:DiscussionLink/7/34: marks what somebody was told about that post as read, and leads to it at the site. */
class SpecialDiscussionLink extends UnlistedSpecialPage {

	public function __construct(
		private readonly SiteAddress $address,
		private readonly NoticeSender $notices,
		private readonly ReadOnlyMode $readOnlyMode
	) {
		parent::__construct( 'DiscussionLink' );
	}

	/** @inheritDoc */
	public function execute( $subPage ) {
		$this->setHeaders();
		// From numbers alone, so that nobody can be led elsewhere.
		if ( !preg_match( '!^([1-9][0-9]{0,17})(?:/([1-9][0-9]{0,17}))?$!D', (string)$subPage, $match ) || !$this->address->isKnown() ) {
			$this->getOutput()->setStatusCode( 404 );
			throw new ErrorPageError( 'discussionlink', 'stoa-error-id' );
		}
		$discussion = (int)$match[1];
		$post = isset( $match[2] ) ? (int)$match[2] : null;
		if ( !$this->readOnlyMode->isReadOnly() ) {
			$marked = array_map( 'intval', explode( '|', $this->getRequest()->getText( 'markasread' ) ) );
			$this->notices->markSeen( $this->getUser(), $discussion, $post, array_filter( array_slice( $marked, 0, 200 ) ) );
		}
		$this->getOutput()->disableClientCache();
		$this->getOutput()->redirect( $post === null ? $this->address->discussion( $discussion ) : $this->address->post( $discussion, $post ), '303' );
	}
}
