<?php

namespace MediaWiki\Extension\Stoa\Incoming;

use MediaWiki\User\CentralId\CentralIdLookup;
use MediaWiki\User\User;
use MediaWiki\User\UserFactory;

/** Finds accounts by the id that their log-in says, never by name: people are renamed. */
class Accounts {

	public function __construct(
		private readonly CentralIdLookup $centralIds,
		private readonly UserFactory $users
	) {
	}

	/** @param mixed $sub "4" or "mw:<scope>:4" */
	public function find( mixed $sub ): ?User {
		if ( !is_string( $sub ) || !preg_match( '/^(?:mw:[^:]{1,64}:)?([1-9][0-9]{0,9})$/D', $sub, $match ) ) {
			return null;
		}
		$identity = $this->centralIds->localUserFromCentralId( (int)$match[1], CentralIdLookup::AUDIENCE_RAW );
		$user = $identity ? $this->users->newFromUserIdentity( $identity ) : null;
		// Temporary accounts are not people whom we know.
		return $user && $user->isRegistered() && $user->isNamed() && !$user->isSystemUser() ? $user : null;
	}

	/** The id of an account, as find() takes it. */
	public function subOf( User $user ): ?string {
		$id = $this->centralIds->centralIdFromLocalUser( $user, CentralIdLookup::AUDIENCE_RAW );
		return $id ? (string)$id : null;
	}
}
