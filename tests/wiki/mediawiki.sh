#!/usr/bin/env bash
# A real MediaWiki with Echo on loopback and SQLite, for tests.
#
#   mediawiki.sh start DIR PORT [options]   install if needed, start; prints the settings, also in DIR/env
#   mediawiki.sh stop DIR                   end its processes
#   mediawiki.sh run DIR SCRIPT [args...]   a maintenance script of that wiki
#   mediawiki.sh fetch                      only fill the package cache, and install PHP when it is missing
#
# Options of start:
#   --ext PATH        an extension outside of MediaWiki      --settings FILE  PHP read at the end of the settings
#   --user NAME       one more account (Alice and Bob are)   --lang CODE      content language (default en)
#   --csp "SRC SRC"   an enforcing Content-Security-Policy   --with NAME      one more bundled extension
#   --read-only       no writes                              --private        nobody reads who is not logged in
#   --no-echo         without Echo
#
# MediaWiki is not installed into the system: Debian's signed package is fetched with a private apt configuration from
# the mirror that this machine uses, and unpacked into a cache that all wikis share. Debian 13's package is 1.43 and has
# Echo, which that of Debian 12 does not. PHP is installed with apt when it is missing and we are root.
# Environment: MW_CACHE (default ~/.cache/mediawiki-deb), MW_MIRROR, MW_SUITE (default trixie), MW_WORKERS (default 4),
# MW_DB (options of MediaWiki's installer for another database, such as "--dbtype postgres --dbserver 127.0.0.1 …").
set -euo pipefail
shopt -s inherit_errexit

cache=${MW_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mediawiki-deb}
suite=${MW_SUITE:-trixie}
password=test-pass-12345

say() { printf 'mediawiki: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need_php() {
	if command -v php >/dev/null && php -r 'foreach ( [ "pdo_sqlite", "intl", "mbstring", "dom", "curl", "sodium" ] as $e )
		extension_loaded( $e ) || exit( 1 ); exit( PHP_VERSION_ID >= 80100 ? 0 : 1 );'; then return; fi
	local packages="php-cli php-sqlite3 php-intl php-mbstring php-xml php-curl php-gmp php-apcu"
	[ "$(id -u)" = 0 ] || die "please install: $packages"
	say "installing PHP"
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086 # a list of words
	apt-get -qq install -y --no-install-recommends $packages >/dev/null 2>&1 ||
		{ apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages >/dev/null; }
}

# Prints the folder of MediaWiki's code. Several may ask at once: one works, the others wait.
need_code() {
	mkdir -p "$cache"
	exec 9>"$cache/lock"; flock 9
	local tree; tree=$(cat "$cache/current-$suite" 2>/dev/null || true)
	if [ -z "$tree" ] || [ ! -f "$tree/.complete" ]; then
		(cd "$cache" && sha256sum --quiet -c "debs-$suite.sha256" >/dev/null 2>&1) || fetch_debs
		local version; version=$(cat "$cache/version-$suite")
		tree=$cache/mw-${version//[:~]/_}
		say "unpacking MediaWiki $version"
		rm -rf "$tree" "$tree.new"; mkdir "$tree.new"
		local deb
		while read -r _ deb; do dpkg-deb -x "$cache/${deb#\*}" "$tree.new/x"; done < "$cache/debs-$suite.sha256"
		mv "$tree.new/x/usr/share/mediawiki" "$tree"
		# The package links these to /var/lib and /etc; here the tree stands alone.
		rm -f "$tree"/{LocalSettings.php,config,extensions,images}
		mv "$tree/extensions-core" "$tree/extensions"
		rm -rf "$tree.new"
		touch "$tree/.complete"
		echo "$tree" > "$cache/current-$suite"
	fi
	flock -u 9
	echo "$tree"
}

fetch_debs() {
	local apt=$cache/apt-$suite key=/usr/share/keyrings/debian-archive-keyring.gpg mirror version
	mirror=${MW_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 2>/dev/null | sed -n 's,/debian/*$,,p' | head -n 1)}
	[ -n "$mirror" ] || die "apt names no Debian mirror; set MW_MIRROR"
	[ -f "$key" ] || die "no $key: install debian-archive-keyring"
	mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$apt/etc"; : > "$apt/status"
	cat > "$apt/sources.list" <<-END
		deb [target=Packages signed-by=$key] $mirror/debian $suite main
		deb [target=Packages signed-by=$key] $mirror/debian-security $suite-security main
	END
	cat > "$apt/apt.conf" <<-END
		Dir::Etc::sourcelist "$apt/sources.list";
		Dir::Etc::sourceparts "$apt/etc";
		Dir::Etc::preferences "$apt/etc/none";
		Dir::Etc::preferencesparts "$apt/etc";
		Dir::State "$apt";
		Dir::State::lists "$apt/lists";
		Dir::State::status "$apt/status";
		Dir::Cache "$apt";
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		Acquire::Retries "3";
	END
	say "fetching MediaWiki ($suite)"
	# Hooks of the machine's own apt may fail here and do not matter: what counts is whether the signed index came.
	APT_CONFIG=$apt/apt.conf apt-get -q update > "$apt/log" 2>&1 || true
	version=$(APT_CONFIG=$apt/apt.conf apt-cache policy mediawiki 2>/dev/null | awk '/Candidate:/{print $2}')
	if [ -z "$version" ] || [ "$version" = "(none)" ]; then tail -5 "$apt/log" >&2; die "no mediawiki in $suite"; fi
	rm -f "$cache"/mediawiki_*.deb "$cache"/mediawiki-classes_*.deb
	(cd "$cache" && APT_CONFIG=$apt/apt.conf apt-get -q download "mediawiki=$version" "mediawiki-classes=$version" >> "$apt/log" 2>&1) ||
		{ tail -5 "$apt/log" >&2; die "could not download mediawiki $version"; }
	(cd "$cache" && sha256sum mediawiki_*.deb mediawiki-classes_*.deb > "debs-$suite.sha256")
	echo "$version" > "$cache/version-$suite"
	rm -rf "$apt"
}

write_settings() { # DIR PORT TREE
	local dir=$1 port=$2 tree=$3 e
	{
		echo "<?php // Written at each start; what a test needs goes into a file for --settings."
		echo "\$wgServer = 'http://127.0.0.1:$port';"
		cat <<-'END'
			// Without a folder of its own, all wikis of a machine share a localisation cache.
			$wgCacheDirectory = __DIR__ . '/cache'; $wgTmpDirectory = __DIR__ . '/tmp';
			$wgScriptPath = ''; $wgArticlePath = '/wiki/$1'; $wgUsePathInfo = true;
			$wgEnableEmail = false; $wgPingback = false;
			$wgPasswordPolicy['policies']['default'] = [ 'MinimalPasswordLength' => 1 ];
			$wgPasswordAttemptThrottle = []; $wgRateLimits = [];
			$wgShowExceptionDetails = true; $wgDevelopmentWarnings = true;
			// The package logs to a folder that it would have made.
			$wgDBerrorLog = __DIR__ . '/errors.log';
			foreach ( [ 'exception', 'error', 'fatal', 'Stoa' ] as $group ) { $wgDebugLogGroups[$group] = __DIR__ . '/errors.log'; }
			$wgJobRunRate = 1; $wgRunJobsAsync = false;
			$wgEchoUseJobQueue = false;
			$wgEchoPerUserBlacklist = true;
			$wgAllowUserJs = true;
		END
		# shellcheck disable=SC2086 # perhaps nothing
		for e in $echo Gadgets Interwiki ParserFunctions ${with[@]+"${with[@]}"}; do
			[ -f "$tree/extensions/$e/extension.json" ] || die "MediaWiki has no extension $e"
			echo "wfLoadExtension( '$e' );"
		done
		for e in ${ext[@]+"${ext[@]}"}; do echo "wfLoadExtension( '$(basename "$e")', '$e/extension.json' );"; done
		[ -z "$csp" ] || printf '$wgCSPHeader = [ "useNonces" => false, "includeCORS" => false, "default-src" => %s, "script-src" => %s ];\n' \
			"explode( ' ', '$csp' )" "explode( ' ', '$csp' )"
		[ -z "$private" ] || echo "\$wgGroupPermissions['*']['read'] = false;"
		for e in ${settings[@]+"${settings[@]}"}; do echo "require '$e';"; done
		# Not for scripts: the installer and update.php have to write.
		[ -z "$read_only" ] || echo "if ( PHP_SAPI !== 'cli' ) { \$wgReadOnly = 'For a test.'; }"
	} > "$dir/settings.new"
	cmp -s "$dir/settings.new" "$dir/settings.php" || changed=1
	mv "$dir/settings.new" "$dir/settings.php"
	# For PHP's own server: /wiki/Title, rest.php/…, and the files of extensions outside of the tree.
	{
		echo '<?php'
		echo '$extensions = ['
		for e in ${ext[@]+"${ext[@]}"}; do echo "	'$(basename "$e")' => '$e',"; done
		echo '];'
		cat <<-'END'
			$root = $_SERVER['DOCUMENT_ROOT'];
			$path = rawurldecode( (string)parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
			if ( preg_match( '#^/extensions/([A-Za-z0-9_-]+)/(.+)$#', $path, $m ) && isset( $extensions[$m[1]] ) ) {
				$file = realpath( $extensions[$m[1]] . '/' . $m[2] );
				$types = [ 'css' => 'text/css', 'js' => 'text/javascript', 'svg' => 'image/svg+xml' ];
				$type = $file ? $types[pathinfo( $file, PATHINFO_EXTENSION )] ?? null : null;
				if ( !$type || !str_starts_with( $file, realpath( $extensions[$m[1]] ) . '/' ) ) { http_response_code( 404 ); return true; }
				header( "Content-Type: $type" ); readfile( $file ); return true;
			}
			if ( $path === '/' || $path === '/wiki' || str_starts_with( $path, '/wiki/' ) ) { $entry = 'index.php'; }
			elseif ( preg_match( '#^/(index|api|rest|load)\.php(/|$)#', $path, $m ) ) { $entry = $m[1] . '.php'; }
			else { return false; }
			$_SERVER['SCRIPT_NAME'] = "/$entry"; $_SERVER['SCRIPT_FILENAME'] = "$root/$entry"; $_SERVER['PHP_SELF'] = $path;
			if ( str_starts_with( $path, "/$entry/" ) ) { $_SERVER['PATH_INFO'] = substr( $path, strlen( $entry ) + 1 ); }
			chdir( $root );
			require "$root/$entry";
			return true;
		END
	} > "$dir/router.php"
}

run() { # DIR SCRIPT args...
	local dir=$1; shift
	MW_CONFIG_FILE=$dir/LocalSettings.php php "$(cat "$dir/code")/maintenance/run.php" "$@"
}

logged() { # DIR SCRIPT args...: quiet unless it fails
	run "$@" >> "$1/install.log" 2>&1 || { tail -20 "$1/install.log" >&2; die "$2 failed"; }
}

# Wikis that differ in their settings alone begin as copies of one that was installed. Prints the copy's place.
# Arguments: TREE and whatever else makes the database another one.
model_of() {
	local e
	{
		printf '%s\n' "$@"
		for e in ${ext[@]+"${ext[@]}"}; do find "$e/extension.json" "$e/sql" -type f -exec sha256sum {} + | sort; done
		cat "${BASH_SOURCE[0]}"
	} | sha256sum | cut -c1-16 | sed "s,^,$cache/wiki-,"
}

keep_model() { # DIR MODEL
	local dir=$1 model=$2 new
	[ ! -d "$model" ] || return 0
	find "$cache" -maxdepth 1 \( -name 'wiki-*' -o -name 'new-*' \) -mtime +7 -exec rm -rf {} +
	new=$(mktemp -d "$cache/new-XXXXXX")
	cp -r "$dir"/{data,images,cache,users} "$new"
	sed "s,$dir,@DIR@,g" "$dir/LocalSettings.php" > "$new/LocalSettings.php"
	# Another one may have been quicker.
	mv -T "$new" "$model" 2>/dev/null || rm -rf "$new"
}

alive() { # DIR
	local pid; pid=$(cat "$1/server.pid" 2>/dev/null) || return 1
	[ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && tr '\0' ' ' < "/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$1/router.php"
}

stop() {
	local dir=$1
	if alive "$dir"; then
		# The workers of PHP's server outlive a killed master, so the whole group goes.
		kill -- "-$(cat "$dir/server.pid")" 2>/dev/null || true
		for _ in $(seq 50); do alive "$dir" || break; sleep 0.1; done
	fi
	rm -f "$dir/server.pid"
}

start() {
	local dir=$1 port=$2 tree; shift 2
	ext=(); settings=(); with=(); users=(Alice Bob); csp=''; private=''; read_only=''; echo=Echo; changed=''; local lang=en
	while [ $# -gt 0 ]; do
		case $1 in
			--ext) [ -f "$2/extension.json" ] || die "$2: no extension.json"; ext+=("$(realpath "$2")"); shift 2 ;;
			--settings) settings+=("$(realpath "$2")"); shift 2 ;;
			--with) with+=("$2"); shift 2 ;;
			--user) users+=("$2"); shift 2 ;;
			--lang) lang=$2; shift 2 ;;
			--csp) csp=$2; shift 2 ;;
			--private) private=1; shift ;;
			--read-only) read_only=1; shift ;;
			--no-echo) echo=''; shift ;;
			*) die "unknown option $1" ;;
		esac
	done
	need_php
	tree=$(need_code)
	mkdir -p "$dir"; dir=$(cd "$dir" && pwd -P)
	echo "$tree" > "$dir/code"
	local model='' copied=''
	[ -n "${MW_DB:-}" ] || model=$(model_of "$tree" "$lang" "$echo" "${with[*]-}" "${users[*]}")
	if [ ! -f "$dir/LocalSettings.php" ] && [ -n "$model" ] && [ -d "$model" ]; then
		mkdir -p "$dir/tmp"
		cp -r "$model/." "$dir"
		sed -i "s,@DIR@,$dir,g" "$dir/LocalSettings.php"
		copied=1
	fi
	if [ ! -f "$dir/LocalSettings.php" ]; then
		mkdir -p "$dir"/{images,cache,tmp}
		# shellcheck disable=SC2086 # a list of words
		php "$tree/maintenance/run.php" install ${MW_DB:---dbtype sqlite --dbpath "$dir/data"} --dbname "wiki${MW_DB:+_$port}" --confpath "$dir" \
			--server "http://127.0.0.1:$port" --scriptpath '' --lang "$lang" --pass "$password" \
			--skins Vector,MinervaNeue TestWiki Admin > "$dir/install.log" 2>&1 ||
			{ tail -20 "$dir/install.log" >&2; rm -f "$dir/LocalSettings.php"; die "install failed"; }
		printf '\n$wgUploadDirectory = __DIR__ . "/images";\nrequire __DIR__ . "/settings.php";\n' >> "$dir/LocalSettings.php"
	fi
	write_settings "$dir" "$port" "$tree"
	if [ -n "$changed" ] && [ -z "$copied" ]; then
		stop "$dir"
		touch "$dir/LocalSettings.php"   # MediaWiki drops its caches when the time of this file changes
		logged "$dir" update --quick --skip-external-dependencies
	fi
	if [ "$(cat "$dir/users" 2>/dev/null)" != "${users[*]}" ]; then
		local user
		for user in "${users[@]}"; do logged "$dir" createAndPromote --force "$user" "$password"; done
		# An account with the bot flag, and a password for programs (32 characters of 0-9 and a-v).
		logged "$dir" createAndPromote --force --bot StoaBot "$password"
		logged "$dir" createBotPassword --appid tests --grants basic,editpage,createeditmovepage,highvolume \
			StoaBot stoa0bot0password0for0tests00000 || true # there already
		echo "${users[*]}" > "$dir/users"
		[ -z "$model" ] || keep_model "$dir" "$model"
	fi
	printf 'MW_URL=http://127.0.0.1:%s\nMW_PASSWORD=%s\nMW_DIR=%s\n' "$port" "$password" "$dir" > "$dir/env"
	if ! alive "$dir"; then
		if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then die "port $port is taken"; fi
		# A process group of its own, so that stop reaches the workers too.
		MW_CONFIG_FILE=$dir/LocalSettings.php PHP_CLI_SERVER_WORKERS=${MW_WORKERS:-4} setsid \
			php -d opcache.enable=1 -d opcache.revalidate_freq=0 -d memory_limit=512M -d display_errors=0 -d log_errors=1 \
			-S "127.0.0.1:$port" -t "$tree" "$dir/router.php" > "$dir/server.log" 2>&1 9>&- < /dev/null &
		echo $! > "$dir/server.pid"
	fi
	local i
	for i in $(seq 100); do
		if php -r 'exit( str_contains( (string)@file_get_contents( $argv[1] ), "mediawiki" ) ? 0 : 1 );' \
			"http://127.0.0.1:$port/load.php?modules=startup&only=scripts&raw=1"; then break; fi
		alive "$dir" && [ "$i" != 100 ] || { tail -5 "$dir/server.log" >&2; die "the server does not answer"; }
		sleep 0.1
	done
	cat "$dir/env"
}

command=${1:-}; shift || true
case $command in
	start) [ $# -ge 2 ] || die "start DIR PORT [options]"; start "$@" ;;
	stop) stop "$(cd "${1:?DIR}" && pwd -P)" ;;
	run) dir=$(cd "${1:?DIR}" && pwd -P); shift; run "$dir" "$@" ;;
	fetch) need_php; need_code >/dev/null ;;
	*) sed -n '2,21p' "$0" | sed 's/^# \{0,1\}//'; exit 2 ;;
esac
