<?php
/**
 * Names of the parser function
 *
 * @file
 * @ingroup Extensions
 */

$magicWords = [];

/** English (English) */
$magicWords['en'] = [
	'discussions' => [ 0, 'discussions' ],
];

/** Arabic (العربية) */
$magicWords['ar'] = [
	'discussions' => [ 0, 'نقاشات', 'discussions' ],
];

/** German (Deutsch) */
$magicWords['de'] = [
	'discussions' => [ 0, 'diskussionen', 'discussions' ],
];
