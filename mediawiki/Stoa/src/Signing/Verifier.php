<?php

namespace MediaWiki\Extension\Stoa\Signing;

use MediaWiki\Extension\Stoa\Settings;

/** Tells whether a message is from the site: Standard Webhooks 1.0, Ed25519. */
class Verifier {
	private const TOLERANCE_SECONDS = 300;

	public function __construct( private readonly Settings $settings ) {
	}

	public function isGood( string $id, string $timestamp, string $signatures, string $body ): bool {
		if ( !preg_match( '/^[A-Za-z0-9_.-]{1,64}$/D', $id ) || !preg_match( '/^[0-9]{1,12}$/D', $timestamp )
			|| abs( time() - (int)$timestamp ) > self::TOLERANCE_SECONDS
		) {
			return false;
		}
		$keys = [];
		foreach ( $this->settings->publicKeys() as $key ) {
			$raw = base64_decode( $key, true );
			if ( $raw !== false && strlen( $raw ) === SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES ) {
				$keys[] = $raw;
			}
		}
		foreach ( array_slice( explode( ' ', $signatures ), 0, 8 ) as $signature ) {
			$raw = str_starts_with( $signature, 'v1a,' ) ? base64_decode( substr( $signature, 4 ), true ) : false;
			if ( $raw === false || strlen( $raw ) !== SODIUM_CRYPTO_SIGN_BYTES ) {
				continue;
			}
			foreach ( $keys as $key ) {
				if ( sodium_crypto_sign_verify_detached( $raw, "$id.$timestamp.$body", $key ) ) {
					return true;
				}
			}
		}
		return false;
	}
}
