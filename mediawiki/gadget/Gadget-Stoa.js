/* Discussions about this page, from a Stoa community. Reads one page of this wiki, which the community's bot writes. GPL-2.0-or-later */
( function () {
	'use strict';
	const config = mw.config.get( [
		'wgNamespaceNumber', 'wgTitle', 'wgAction', 'wgFormattedNamespaces', 'wgUserLanguage', 'wgContentLanguage'
	] );
	if ( config.wgNamespaceNumber < 0 || config.wgAction !== 'view' ) {
		return;
	}
	const words = {
		en: [ 'Discussions ($1)', 'Discussions about this page', 'Replies: $1' ],
		fr: [ 'Discussions ($1)', 'Discussions à propos de cette page', 'Réponses : $1' ],
		ar: [ 'النقاشات ($1)', 'نقاشات عن هذه الصفحة', 'الردود: $1' ],
		de: [ 'Diskussionen ($1)', 'Diskussionen über diese Seite', 'Antworten: $1' ]
	};
	const own = ( object, key ) => Object.prototype.hasOwnProperty.call( object, key ) && object[ key ];
	const lang = [ config.wgUserLanguage, config.wgUserLanguage.split( '-' )[ 0 ], config.wgContentLanguage, 'en' ]
		.find( ( code ) => own( words, code ) );
	const say = ( i, n ) => words[ lang ][ i ].replace( '$1', Number( n || 0 ).toLocaleString( lang ) );
	const named = ( ns ) => ( config.wgFormattedNamespaces[ ns ] ? config.wgFormattedNamespaces[ ns ] + ':' : '' ) + config.wgTitle;

	function element( name, part, text ) {
		const made = document.createElement( name );
		made.className = 'stoa-gadget' + part;
		made.textContent = text;
		return made;
	}

	function show( data ) {
		// A page and its talk page are one here.
		const ns = config.wgNamespaceNumber, list = new Map();
		[ ns, ns ^ 1 ].forEach( ( each ) => ( own( data.pages, named( each ) ) || [] ).forEach(
			( one ) => Number.isInteger( one.id ) && list.set( one.id, one )
		) );
		const content = document.getElementById( 'mw-content-text' );
		if ( !list.size || !content || !/^https?:\/\/[^\s/]+/.test( data.site ) ) {
			return;
		}
		const box = element( 'div', '', '' ), items = element( 'ul', '-list', '' );
		box.id = 'stoa-discussions';
		box.lang = lang;
		box.appendChild( element( 'div', '-title', say( 1 ) ) );
		list.forEach( ( one ) => {
			const item = element( 'li', '-item', '' ), link = element( 'a', '-link external', one.title );
			link.href = data.site.replace( /\/+$/, '' ) + '/t/-/' + one.id;
			link.dir = 'auto';
			link.lang = '';
			item.appendChild( link );
			item.appendChild( element( 'span', '-replies', say( 2, one.replies ) ) );
			items.appendChild( item );
		} );
		box.appendChild( items );
		content.appendChild( box );
		mw.util.addPortletLink( 'p-tb', '#stoa-discussions', say( 0, list.size ), 't-stoa-discussions' );
	}

	new mw.Api().get( {
		action: 'query', prop: 'revisions', rvprop: 'content', rvslots: 'main', formatversion: 2, maxage: 300, smaxage: 300,
		titles: config.wgFormattedNamespaces[ 4 ] + ':Stoa/data.json'
	} ).then( ( answer ) => {
		const revisions = answer.query.pages[ 0 ].revisions;
		const data = revisions ? JSON.parse( revisions[ 0 ].slots.main.content ) : {};
		if ( data.v === 1 && data.pages ) {
			$( () => show( data ) );
		}
	} );
}() );
