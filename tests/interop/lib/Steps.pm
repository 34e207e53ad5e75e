# The steps, for the clients in Perl: what they have in common but the toolkit. A client calls run(VERSION, CALL, CATCH_FAULT):
# CALL->(operation, name => value...) returns the result element as a function that reads an attribute of it, or of the first
# element of a name in it; CATCH_FAULT makes the service answer a fault, and returns "code: text" of what the toolkit took for one.
package Steps;
use v5.36;
use Encode 'decode';
use Exporter 'import';

our @EXPORT_OK = ('run');

my %given = map { $_ => decode('UTF-8', $ENV{$_}) } grep { /^SRV_/ } keys %ENV;
my $gone = '[901]Session expired or Invalid ticket';

sub succeeded ($read) {
	$read->('success') eq 'true' or die $read->('error'), "\n";
	return $read;
}

sub failed ($read, $error) {
	my ($success, $said) = ($read->('success'), $read->('error'));
	$success eq 'false' && $said eq $error or die "success=$success, error=$said\n";
}

sub run ($version, $call, $catch_fault) {
	my ($ticket, $plain);
	my $log_in = sub ($user, $password) {
		return succeeded($call->('AuthenticateUser', UID => $given{$user}, PWD => $given{$password}))->('ticket');
	};
	my $flush = sub ($with) { $call->('FlushApplicationCache', authenticationTicket => $with) };
	my @steps = (
		login => sub {
			$ticket = $log_in->('SRV_USER', 'SRV_PASSWORD');
			$plain = $log_in->('SRV_PLAIN_USER', 'SRV_PLAIN_PASSWORD');
		},
		login_refused => sub {
			my $answer = $call->('AuthenticateUser', UID => $given{SRV_USER}, PWD => "not $given{SRV_PASSWORD}");
			failed($answer, '[900] Authentication failed');
		},
		flush => sub { succeeded($flush->($ticket)) },
		flush_bad_ticket => sub { failed($flush->('00000000-0000-0000-0000-000000000000'), $gone) },
		flush_denied => sub { failed($flush->($plain), '[921]Insufficient rights') },
		serverinfo => sub {
			my $name = $call->('ServerInfo')->('ServerName');
			$name eq $given{SRV_SERVER_NAME} or die "$name\n";
		},
		jobs => sub {
			length $call->('GetMaintenanceJobsStatus', authenticationTicket => $ticket)->('JobName', 'MaintenanceJob')
			    or die "no job has a name\n";
		},
		warehouse => sub {
			my $read = $call->('GetWarehouseStatus', authenticationTicket => $ticket);
			length $read->('Path', 'WarehousePath') or die "no path\n";
			$read->('DiskSize', 'Disk') > 0 or die "no disk has a size\n";
		},
		logout => sub {
			succeeded($call->('LogOut', AuthenticationTicket => $ticket));
			failed($flush->($ticket), $gone);
		},
		fault => sub {
			my $fault = $catch_fault->();
			$fault eq 'SOAP-ENV:Client: A parameter is too long.' or die "$fault\n";
		},
	);

	binmode STDOUT, ':utf8';
	say "version $version";
	while (my ($step, $what) = splice @steps, 0, 2) {
		say eval { $what->(); 1 } ? "ok $step" : "not ok $step - " . $@ =~ s/\s+/ /gr;
	}
}

1;
