<?php

namespace MediaWiki\Extension\Stoa\Outgoing;

use MediaWiki\Extension\Stoa\Settings;
use MediaWiki\Extension\Stoa\Signing\Signer;
use MediaWiki\Extension\Stoa\SiteAddress;
use MediaWiki\Http\HttpRequestFactory;

/** Asks and tells the site, never while a page is made. Goes to the configured address alone and follows no redirect. */
class SiteClient {
	private const MAX_BYTES = 4_000_000;

	public function __construct(
		private readonly Settings $settings,
		private readonly SiteAddress $address,
		private readonly Signer $signer,
		private readonly HttpRequestFactory $http
	) {
	}

	/** @return array{0:int,1:mixed} Status (0 for no answer) and decoded JSON */
	public function get( string $path, array $query = [] ): array {
		return $this->ask( 'GET', wfAppendQuery( $this->address->base() . $path, $query ), null, [ 'Accept' => 'application/json' ] );
	}

	/** @return array{0:int,1:mixed} */
	public function tell( string $messageId, string $body ): array {
		return $this->ask( 'POST', $this->address->base() . '/api/v1/wiki/events', $body, $this->signer->headers( $messageId, $body ) );
	}

	private function ask( string $method, string $url, ?string $body, array $headers ): array {
		$options = [
			'method' => $method,
			'timeout' => $this->settings->timeout(),
			'connectTimeout' => $this->settings->connectTimeout(),
			'followRedirects' => false,
		];
		if ( $this->settings->proxy() !== null ) {
			$options['proxy'] = $this->settings->proxy();
		}
		if ( $body !== null ) {
			$options['postData'] = $body;
		}
		$request = $this->http->create( $url, $options, __METHOD__ );
		foreach ( $headers as $name => $value ) {
			$request->setHeader( $name, $value );
		}
		$answer = '';
		$request->setCallback( static function ( $stream, $data ) use ( &$answer ) {
			$answer .= $data;
			// Taking less than was given ends the transfer.
			return strlen( $answer ) > self::MAX_BYTES ? 0 : strlen( $data );
		} );
		$status = $request->execute();
		$code = (int)$request->getStatus();
		// Failures without an answer leave 200 or 0 behind, by how far they came.
		if ( !$status->isOK() && $code >= 200 && $code < 300 ) {
			$code = 0;
		}
		return [ $code, json_decode( $answer, true ) ];
	}
}
