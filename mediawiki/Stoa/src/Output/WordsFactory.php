<?php

namespace MediaWiki\Extension\Stoa\Output;

use MediaWiki\Config\Config;
use MediaWiki\Language\Language;
use MediaWiki\MainConfigNames;

/** Makes Words for a language. */
class WordsFactory {

	public function __construct( private readonly Config $config ) {
	}

	public function in( Language $language ): Words {
		return new Words( $language, (int)$this->config->get( MainConfigNames::LocalTZoffset ) );
	}
}
