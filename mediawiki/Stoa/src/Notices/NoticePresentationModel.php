<?php

namespace MediaWiki\Extension\Stoa\Notices;

use MediaWiki\Extension\Notifications\Formatters\EchoEventPresentationModel;
use MediaWiki\Extension\Stoa\Mirror\DiscussionStore;
use MediaWiki\MediaWikiServices;
use MediaWiki\Message\Message;
use MediaWiki\SpecialPage\SpecialPage;

/** How a notice of the site looks among the notifications. What people wrote is never read as wikitext. */
class NoticePresentationModel extends EchoEventPresentationModel {
	private const NAME_LENGTH = 30;
	private const TITLE_LENGTH = 80;

	private const ICONS = [
		'stoa-mention' => 'mention', 'stoa-event' => 'article-reminder', 'stoa-moderation' => 'placeholder',
	];

	/** @inheritDoc */
	public function canRender() {
		/** @var DiscussionStore $discussions */
		$discussions = MediaWikiServices::getInstance()->getService( 'Stoa.DiscussionStore' );
		// What is not public any more is not to be read here either; but what happened to one's own post is.
		return $this->type === 'stoa-moderation' || !$discussions->isDeleted( (int)$this->event->getExtraParam( 'discussion' ) );
	}

	/** @inheritDoc */
	public function getIconType() {
		return self::ICONS[$this->type] ?? 'chat';
	}

	/** @inheritDoc */
	public function getHeaderMessage() {
		if ( $this->isBundled() ) {
			return $this->msg( "notification-bundle-header-{$this->type}" )
				->numParams( $this->getNotificationCountForOutput() )
				->plaintextParams( $this->title() );
		}
		return $this->withPeople( "notification-header-{$this->type}" );
	}

	/** @inheritDoc */
	public function getCompactHeaderMessage() {
		return $this->withPeople( "notification-compact-header-{$this->type}" );
	}

	/** @inheritDoc */
	public function getSubjectMessage() {
		return $this->withPeople( "notification-subject-{$this->type}" );
	}

	/** $1 who, $2 the discussion, $3 an account for GENDER. The account may not be known. */
	private function withPeople( string $key ): Message {
		$agent = $this->event->getAgent();
		$name = (string)$this->event->getExtraParam( 'actor' );
		return $this->msg( $key )
			->plaintextParams( $name === '' ? $this->msg( 'stoa-somebody' )->text() : $this->short( $name, self::NAME_LENGTH ), $this->title() )
			// Names of accounts cannot hold wikitext; this one can be nobody's.
			->params( $agent ? $agent->getName() : '[]' );
	}

	private function title(): string {
		return $this->short( (string)$this->event->getExtraParam( 'title' ), self::TITLE_LENGTH );
	}

	private function short( string $text, int $length ): string {
		return $this->language->embedBidi( $this->language->truncateForVisual( $text, $length ) );
	}

	/** @inheritDoc */
	public function getBodyMessage() {
		$excerpt = (string)$this->event->getExtraParam( 'excerpt' );
		return $excerpt === '' || $this->isBundled() ? false : $this->msg( 'stoa-notice-excerpt' )->plaintextParams( $excerpt );
	}

	/** @inheritDoc */
	public function getPrimaryLink() {
		$discussion = (int)$this->event->getExtraParam( 'discussion' );
		$post = (int)$this->event->getExtraParam( 'post' );
		return [
			// By way of this wiki, because a foreign address would not mark it as read.
			'url' => SpecialPage::getTitleFor( 'DiscussionLink', $post ? "$discussion/$post" : (string)$discussion )->getFullURL(),
			'label' => $this->msg( $post ? 'stoa-notice-view-post' : 'stoa-notice-view-discussion' )->text(),
		];
	}

	/** @inheritDoc */
	public function getSecondaryLinks() {
		return $this->event->getAgent() ? [ $this->getAgentLink() ] : [];
	}
}
