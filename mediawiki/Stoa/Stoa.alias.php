<?php
/**
 * Aliases for special pages
 *
 * @file
 * @ingroup Extensions
 */

$specialPageAliases = [];

/** English (English) */
$specialPageAliases['en'] = [
	'Discussions' => [ 'Discussions' ],
	'DiscussionLink' => [ 'DiscussionLink' ],
	'StoaStatus' => [ 'StoaStatus' ],
];

/** Arabic (العربية) */
$specialPageAliases['ar'] = [
	'Discussions' => [ 'نقاشات' ],
];

/** German (Deutsch) */
$specialPageAliases['de'] = [
	'Discussions' => [ 'Diskussionen' ],
];

/** French (français) */
$specialPageAliases['fr'] = [
	'Discussions' => [ 'Discussions' ],
];
