<?php

namespace MediaWiki\Extension\Stoa\Hooks;

use MediaWiki\Extension\Notifications\Hooks\BeforeCreateEchoEventHook;
use MediaWiki\Extension\Notifications\Hooks\EchoGetBundleRulesHook;
use MediaWiki\Extension\Notifications\Model\Event;
use MediaWiki\Extension\Notifications\UserLocator;
use MediaWiki\Extension\Stoa\Incoming\NoticeSender;
use MediaWiki\Extension\Stoa\Notices\NoticePresentationModel;

/** Six kinds of notices, each with a preference of its own. */
class EchoHooks implements BeforeCreateEchoEventHook, EchoGetBundleRulesHook {
	/** These ask for something; the others tell. */
	private const ALERTS = [ 'mention', 'reply', 'quote', 'moderation' ];

	/** @inheritDoc */
	public function onBeforeCreateEchoEvent( array &$notifications, array &$notificationCategories, array &$notificationIcons ) {
		foreach ( NoticeSender::KINDS as $kind ) {
			$notificationCategories["stoa-$kind"] = [ 'priority' => 4, 'tooltip' => "echo-pref-tooltip-stoa-$kind" ];
			$notifications["stoa-$kind"] = [
				'category' => "stoa-$kind",
				'group' => $kind === 'moderation' ? 'neutral' : 'interactive',
				'section' => in_array( $kind, self::ALERTS, true ) ? 'alert' : 'message',
				'presentation-model' => NoticePresentationModel::class,
				'user-locators' => [ [ [ UserLocator::class, 'locateFromEventExtra' ], [ 'recipients' ] ] ],
				'bundle' => [ 'web' => true, 'email' => true, 'expandable' => true ],
			];
		}
	}

	/** @inheritDoc */
	public function onEchoGetBundleRules( Event $event, string &$bundleKey ) {
		if ( str_starts_with( $event->getType(), 'stoa-' ) ) {
			$bundleKey = $event->getType() . '-' . $event->getExtraParam( 'discussion' );
		}
	}
}
