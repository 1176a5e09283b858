<?php

namespace MediaWiki\Extension\Stoa\Rest;

use MediaWiki\Extension\Stoa\Incoming\EventReceiver;
use MediaWiki\Extension\Stoa\Incoming\NotUnderstood;
use MediaWiki\Extension\Stoa\Signing\Verifier;
use MediaWiki\Logger\LoggerFactory;
use MediaWiki\Rest\Handler;
use MediaWiki\Rest\RequestInterface;
use MediaWiki\Rest\Response;
use Throwable;
use Wikimedia\Rdbms\ReadOnlyMode;

/** POST /stoa/v1/events: a signed message of the site. */
class EventsHandler extends Handler {
	private const MAX_BYTES = 1_000_000;
	private const READ_ONLY_RETRY_SECONDS = 60;
	private const TROUBLE_RETRY_SECONDS = 5;

	public function __construct(
		private readonly ReadOnlyMode $readOnlyMode,
		private readonly Verifier $verifier,
		private readonly EventReceiver $receiver
	) {
	}

	public function execute(): Response {
		// Before anything else: what cannot be written down is to come again.
		if ( $this->readOnlyMode->isReadOnly() ) {
			return $this->later( self::READ_ONLY_RETRY_SECONDS, 'read-only' );
		}
		$request = $this->getRequest();
		$body = (string)$request->getBody();
		if ( strlen( $body ) > self::MAX_BYTES ) {
			return $this->answer( 422, [ 'status' => 'refused', 'reason' => 'too long' ] );
		}
		$id = $request->getHeaderLine( 'webhook-id' );
		$isGood = $this->verifier->isGood(
			$id, $request->getHeaderLine( 'webhook-timestamp' ), $request->getHeaderLine( 'webhook-signature' ), $body );
		if ( !$isGood ) {
			return $this->answer( 401, [ 'status' => 'refused', 'reason' => 'signature' ] );
		}
		$event = json_decode( $body, true );
		if ( !is_array( $event ) || !is_string( $event['type'] ?? null ) ) {
			return $this->answer( 400, [ 'status' => 'refused', 'reason' => 'not an event' ] );
		}
		try {
			return $this->answer( 200, $this->receiver->receive( $id, $event ) );
		} catch ( NotUnderstood $e ) {
			return $this->answer( 422, [ 'status' => 'refused', 'reason' => $e->getMessage() ] );
		} catch ( Throwable $e ) {
			// All was taken back. A lock, a lost connection or a mistake of ours: none is the site's, so it may come again.
			LoggerFactory::getInstance( 'Stoa' )->error( 'An event failed: {exception}', [ 'exception' => $e ] );
			return $this->later( self::TROUBLE_RETRY_SECONDS, 'failed' );
		}
	}

	private function later( int $seconds, string $reason ): Response {
		$response = $this->answer( 503, [ 'status' => 'later', 'reason' => $reason ] );
		$response->setHeader( 'Retry-After', (string)$seconds );
		return $response;
	}

	private function answer( int $status, array $data ): Response {
		$response = $this->getResponseFactory()->createJson( $data );
		$response->setStatus( $status );
		$response->setHeader( 'Cache-Control', 'no-store' );
		return $response;
	}

	/** The body is read as it came, because that is what is signed. */
	public function parseBodyData( RequestInterface $request ): ?array {
		return $request->getBodyType() === RequestInterface::JSON_CONTENT_TYPE ? [] : parent::parseBodyData( $request );
	}

	/** @inheritDoc */
	public function getSupportedRequestTypes(): array {
		return [ RequestInterface::JSON_CONTENT_TYPE ];
	}

	/** The signature is the right to do this, on private wikis too. */
	public function needsReadAccess() {
		return false;
	}

	/** Read-only wikis have an answer of their own. */
	public function needsWriteAccess() {
		return false;
	}
}
