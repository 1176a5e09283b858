<?php

namespace MediaWiki\Extension\Stoa\Rest;

use MediaWiki\Extension\Stoa\Incoming\NoticeSender;
use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Registration\ExtensionRegistry;
use MediaWiki\Rest\Response;
use MediaWiki\Rest\SimpleHandler;
use Wikimedia\Rdbms\ReadOnlyMode;

/** GET /stoa/v1/about: what the site compares with what it knows. */
class AboutHandler extends SimpleHandler {
	private const SHOWN_OF_KEY = 8;

	public function __construct(
		private readonly Settings $settings,
		private readonly NoticeSender $notices,
		private readonly ReadOnlyMode $readOnlyMode
	) {
	}

	public function run(): Response {
		$response = $this->getResponseFactory()->createJson( [
			'extension' => ExtensionRegistry::getInstance()->getAllThings()['Stoa']['version'] ?? '',
			'wiki' => $this->settings->wiki(),
			'site' => $this->settings->url(),
			'echo' => $this->notices->hasEcho(),
			'read_only' => $this->readOnlyMode->isReadOnly(),
			'keys' => array_map( static fn ( $key ) => substr( $key, 0, self::SHOWN_OF_KEY ), $this->settings->publicKeys() ),
			'time' => time(),
		] );
		$response->setHeader( 'Cache-Control', 'no-store' );
		return $response;
	}

	/** @inheritDoc */
	public function needsReadAccess() {
		return false;
	}

	/** @inheritDoc */
	public function needsWriteAccess() {
		return false;
	}
}
