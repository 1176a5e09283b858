<?php

namespace MediaWiki\Extension\Stoa\Jobs;

use Job;
use MediaWiki\Extension\Stoa\Outgoing\Outbox;

/** Sends what is due to the site. What it does not take stays in the outbox, so the job itself never fails. */
class SendJob extends Job {

	public function __construct( array $params, private readonly Outbox $outbox ) {
		parent::__construct( 'stoaSend', $params );
	}

	/** @inheritDoc */
	public function run() {
		$this->outbox->send();
		return true;
	}
}
