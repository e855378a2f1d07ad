internal import Host
public import SystemPackage

/// A program that QEMU's callers take for QEMU: connects to both sockets, speaks QMP, writes a console.
public struct FakeQEMU {
  /// The perl that decides what it does; `start()`, `console(text)`, `event(reason)`, `note(file)` and `hang()` are
  /// there for it.
  ///
  /// `meet()` comes before `start()` where something has to be there when the machine starts to run, and with it the
  /// clock of a limit: what is written between the two is read first, however slow this machine is.
  public var behaviour: String
  /// The version it tells.
  public var version: String
  /// What it tells of its options.
  public var help: String

  /// Makes the program that behaves so, and tells that version and those options.
  public init(
    behaviour: String, version: String = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)",
    help: String = "-sandbox on[,obsolete=allow|deny]"
  ) {
    self.behaviour = behaviour
    self.version = version
    self.help = help
  }

  /// Writes the program into `directory` under the name that `Machine.find` looks for.
  public func install(in directory: FilePath) throws {
    let script = #"""
      #!/usr/bin/perl
      use strict; use warnings; use IO::Socket::UNIX; use Socket;
      my ($version, $here) = ('\#(version)', '\#(directory)');
      if (grep { $_ eq '--version' } @ARGV) { print "$version\n"; exit 0; }
      if (grep { $_ eq '--help' } @ARGV) { print '\#(help)', "\n"; exit 0; }
      open(my $pid, '>', "$here/pid"); print $pid "$$\n"; close $pid;
      my %path = map { /^socket,id=(\w+),path=(.*)$/ ? ($1, $2) : () } @ARGV;
      my (%socket, $line);
      sub open_sockets { $socket{$_} = IO::Socket::UNIX->new(Peer => $path{$_}) or die for qw(qmp console); }
      sub say_qmp { syswrite $socket{qmp}, "$_[0]\r\n"; }
      sub expect { $line = readline $socket{qmp}; exit 9 unless defined $line && index($line, $_[0]) >= 0; }
      sub meet {
        open_sockets();
        say_qmp('{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": []}}');
        expect('qmp_capabilities');
      }
      sub start {
        meet() unless %socket;
        say_qmp('{"return": {}}');
        expect('"cont"'); say_qmp('{"timestamp": {"seconds": 1, "microseconds": 2}, "event": "RESUME"}');
        say_qmp('{"return": {}}');
      }
      sub console { syswrite $socket{console}, $_[0]; }
      sub event { say_qmp(qq({"timestamp": {"seconds": 1, "microseconds": 2}, "event": "SHUTDOWN", )
        . qq("data": {"guest": true, "reason": "$_[0]"}})); }
      sub note { open(my $f, '>', "$here/$_[0]"); print $f "\n"; close $f; }
      sub hang { sleep 600 while 1; }
      sub file { open(my $f, '<', "$here/$_[0]") or die; local $/; return <$f>; }
      \#(behaviour)
      """#
    try Files.write(
      Array((script + "\n").utf8), to: directory.appending("qemu-system-mipsel"),
      mode: [.ownerReadWriteExecute, .groupReadExecute])
  }
}

/// A boot to power-off, with the zero bytes and carriage returns of a real serial port.
public let goodBoot = """
  \0\0[    0.000000] Linux version 6.12.38 (xip-rebase@xip-rebase) (mipsel-linux-gnu-gcc) #1 PREEMPT\r
  [    0.130000] Memory: 257952K/262144K available (2368K kernel code, 153K rwdata, 780K rodata, 182K init, \
  107K bss, 3680K reserved, 0K cma-reserved)\r
  [    0.400000] Freeing unused kernel image (initmem) memory: 76K\r
  [    0.410000] This architecture does not have kernel memory protection.\r
  xip-init: started as PID 1\r
  xip-init: MemTotal_kB=258540 MemFree_kB=246084 MemAvailable_kB=242264\r
  xip-init: pass\r
  [    1.500000] reboot: Power down\r

  """
