<?php

namespace MediaWiki\Extension\Stoa\Incoming;

use Exception;

/** A message that would not be understood a second time either. */
class NotUnderstood extends Exception {
}
