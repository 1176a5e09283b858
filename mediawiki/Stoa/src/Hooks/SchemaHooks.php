<?php

namespace MediaWiki\Extension\Stoa\Hooks;

use MediaWiki\Installer\Hook\LoadExtensionSchemaUpdatesHook;

/** Makes the tables when update.php runs. */
class SchemaHooks implements LoadExtensionSchemaUpdatesHook {

	/** @inheritDoc */
	public function onLoadExtensionSchemaUpdates( $updater ) {
		$type = $updater->getDB()->getType();
		$updater->addExtensionTable( 'stoa_discussion', dirname( __DIR__, 2 ) . "/sql/$type/tables-generated.sql" );
	}
}
