namespace LoopCluster.TestKit.Sandboxes.Escapes;

/// <summary>
/// What a hostile command tries, in the words of <c>runner.py</c>, and how it has to end (a regular expression over the whole line).
/// <c>PORT</c> is one this host listens on, at its loopback and as an abstract socket; <c>ELSEWHERE</c> a directory of this host with a
/// file in it.
/// </summary>
internal static class EscapeAttempts
{
    // The mask, the address or the driver may be missing as well: what matters is that nothing was had.
    private const string No = "EPERM|EACCES";
    private const string NoWrite = "EROFS|EACCES|EPERM|ENOENT";
    private const string Missing = "ENOSYS|EPERM";
    private const string NoRoute = "ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL";

    public static IReadOnlyList<(string Name, string Code, string Held)> All { get; } =
    [
        // Other processes.
        ("ptrace a sibling", "sibling(lambda p: call('ptrace', 16, p, 0, 0))", No),
        ("ptrace the first process", "call('ptrace', 16, 1, 0, 0)", No),
        ("read a sibling's memory", "sibling(lambda p: call('process_vm_readv', p, vector(id(p)), 1, vector(id(p)), 1, 0))", No),
        ("write a sibling's memory", "sibling(lambda p: call('process_vm_writev', p, vector(id(p)), 1, vector(id(p)), 1, 0))", No),
        ("write a sibling's memory by its file", "sibling(lambda p: write('/proc/%d/mem' % p))", NoWrite),
        ("write the own memory by its file", "write('/proc/self/mem')", NoWrite),
        ("take a sibling's descriptor", "sibling(lambda p: call('pidfd_getfd', call('pidfd_open', p, 0), 0, 0))", Missing),
        ("advise on a sibling's memory", "sibling(lambda p: call('process_madvise', call('pidfd_open', p, 0), 0, 0, 0, 0))", Missing),
        ("compare descriptors", "call('kcmp', os.getpid(), os.getpid(), 0, 0, 1)", No),
        ("kill the first process", "os.kill(1, 9)", "DONE None"),
        ("stop the first process", "os.kill(1, 19)", "DONE None"),
        ("read the first process's memory", "read('/proc/1/mem')", No),
        ("read the first process's environment", "read('/proc/1/environ')", No),
        ("read the waiter's input", "read('/proc/1/fd/0')", No),
        ("write the waiter's report", "write('/proc/1/fd/1', 'X')", No),
        ("enter the first process's root", "os.listdir('/proc/1/root')", No),
        ("replace the waiter", "write('/loopcluster/waiter')", NoWrite),
        ("outlast memory kills", "write('/proc/self/oom_score_adj', '-1000')", NoWrite),
        // The kernel's large surfaces.
        ("io_uring", "call('io_uring_setup', 8, b'\\0' * 4096)", Missing),
        ("bpf", "call('bpf', 0, b'\\0' * 64, 64)", Missing),
        ("perf", "call('perf_event_open', b'\\0' * 128, 0, -1, -1, 0)", Missing),
        ("userfaultfd", "call('userfaultfd', 1)", Missing),
        ("fanotify", "call('fanotify_init', 0, 0)", Missing),
        ("session keyring", "call('keyctl', 0, -3, 1)", No),
        ("add a key", "call('add_key', b'user', b'x', b'y', 1, -3)", No),
        ("request a key", "call('request_key', b'user', b'x', 0, 0)", No),
        ("kernel log", "call('syslog', 3, b'\\0' * 100, 100)", No),
        ("switch off address randomness", "call('personality', 0x40000)", No),
        ("load a module", "call('init_module', b'', 0, b'')", No),
        ("load a module by descriptor", "call('finit_module', 0, b'', 0)", No),
        ("load a kernel", "call('kexec_load', 0, 0, 0, 0)", No),
        ("reboot", "call('reboot', 0, 0, 0, 0)", No),
        ("swap", "call('swapon', b'/tmp/x', 0)", No),
        ("process accounting", "call('acct', b'/tmp/x')", No),
        ("quotas", "call('quotactl', 0, 0, 0, 0)", No),
        ("set the clock", "call('settimeofday', b'\\0' * 16, 0)", No),
        ("rename the machine", "call('sethostname', b'x', 1)", No),
        // Namespaces and mounts.
        ("user namespace", "call('unshare', 0x10000000)", No),
        ("mount namespace", "call('unshare', 0x00020000)", No),
        ("network namespace", "call('unshare', 0x40000000)", No),
        ("user namespace by clone", "call('clone', 0x10000000 | 17, 0, 0, 0, 0)", No),
        ("clone3", "call('clone3', 0, 0)", "ENOSYS"),
        ("enter a namespace", "call('setns', os.open('/proc/self/ns/net', 0), 0)", No),
        ("map user ids", "write('/proc/self/uid_map', '0 0 1')", NoWrite),
        ("mount", "call('mount', b'none', b'/tmp', b'tmpfs', 0, 0)", No),
        ("mount the root writable", "call('mount', b'', b'/', b'', 0x1020, 0)", No),
        ("unmount", "call('umount2', b'/proc/sys', 2)", No),
        ("pivot", "call('pivot_root', b'/tmp', b'/tmp')", No),
        ("new mount interface", "call('fsopen', b'proc', 0)", No),
        ("clone a mount", "call('open_tree', -100, b'/', 1)", No),
        ("move a mount", "call('move_mount', -100, b'/tmp', -100, b'/mnt', 0)", No),
        ("change a mount", "call('mount_setattr', -100, b'/', 0, b'\\0' * 32, 32)", No),
        ("open by handle (shocker)", "call('open_by_handle_at', 0, b'\\0' * 32, 0)", No),
        ("chroot", "os.chroot('/tmp')", No),
        // Rights.
        ("become root", "os.setuid(0)", No),
        ("take root's group", "os.setgid(0)", No),
        ("take groups", "os.setgroups([0])", No),
        ("effective capabilities", "status('CapEff')", "DONE '0000000000000000'"),
        ("bounding capabilities", "status('CapBnd')", "DONE '0000000000000000'"),
        ("raise capabilities", "call('capset', struct.pack('Ii', 0x20080522, 0), struct.pack('6I', 1 << 21, 1 << 21, 0, 0, 0, 0))", No),
        ("new privileges", "call('prctl', 39, 0, 0, 0, 0)", "DONE 1"),
        ("system call filter", "status('Seccomp')", "DONE '2'"),
        ("setuid program of its own", "setuid_copy()", "DONE True"),
        ("device node", "os.mknod('/workspace/disk', 0o60666, os.makedev(254, 0))", No),
        ("memory device node", "os.mknod('/tmp/mem', 0o20666, os.makedev(1, 1))", No),
        // Files of kernel and host.
        ("core pattern", "write('/proc/sys/kernel/core_pattern', '|/workspace/x')", NoWrite),
        ("module loader's path", "write('/proc/sys/kernel/modprobe', '/workspace/x')", NoWrite),
        ("forwarding", "write('/proc/sys/net/ipv4/ip_forward')", NoWrite),
        ("overcommit", "write('/proc/sys/vm/overcommit_memory')", NoWrite),
        ("magic key", "write('/proc/sysrq-trigger', 'b')", NoWrite),
        ("interrupt routing", "write('/proc/irq/default_smp_affinity', 'f')", NoWrite),
        ("kernel memory", "read('/proc/kcore')", "EPERM|EACCES|ENOENT|DONE b''"),
        ("keys in use", "read('/proc/keys')", "EPERM|EACCES|ENOENT|DONE b''"),
        ("kernel messages", "read('/dev/kmsg')", "ENOENT|EPERM|EACCES"),
        (
            "cgroup release agent",
            "[write(p + '/release_agent', '/workspace/x') for p in ['/sys/fs/cgroup/memory', '/sys/fs/cgroup/cpu', '/sys/fs/cgroup']]",
            NoWrite
        ),
        (
            "own memory limit",
            "write('/sys/fs/cgroup/memory/memory.limit_in_bytes' if os.path.exists('/sys/fs/cgroup/memory') else '/sys/fs/cgroup/memory.max', '-1')",
            NoWrite
        ),
        ("new cgroup", "os.mkdir('/sys/fs/cgroup/mine')", NoWrite),
        ("uevent helper", "write('/sys/kernel/uevent_helper', '/workspace/x')", NoWrite),
        ("power state", "write('/sys/power/state', 'mem')", NoWrite),
        ("kernel debugging", "os.listdir('/sys/kernel/debug')", "DONE \\[\\]|ENOENT|EACCES|EPERM"),
        (
            "disk of the host",
            "[os.open(p, 0) for p in ['/dev/sda', '/dev/vda', '/dev/nvme0n1', '/dev/mem', '/dev/kvm', '/dev/fuse', '/dev/vsock', '/dev/vhost-vsock', '/dev/net/tun'] if os.path.exists(p)]",
            "DONE \\[\\]"
        ),
        (
            "engine's socket",
            "[p for p in ['/var/run/docker.sock', '/run/docker.sock', '/run/containerd/containerd.sock', '/run/podman/podman.sock'] if os.path.exists(p)]",
            "DONE \\[\\]"
        ),
        ("directory of the host", "os.listdir('ELSEWHERE')", "ENOENT|EACCES"),
        (
            "directory of the host through a link",
            "(os.symlink('ELSEWHERE', '/workspace/link'), os.listdir('/workspace/link'))",
            "ENOENT|EACCES"
        ),
        ("write to the image", "open('/usr/bin/env', 'r+')", NoWrite),
        ("own name in the user list", "open('/etc/passwd', 'a')", NoWrite),
        ("name server", "read('/etc/resolv.conf').count(b'nameserver')", "DONE 0"),
        // Network.
        ("machine's vsock", "socket.socket(40, socket.SOCK_STREAM)", No),
        ("kernel crypto socket", "socket.socket(38, socket.SOCK_SEQPACKET)", No),
        ("packet socket", "socket.socket(17, socket.SOCK_RAW)", No),
        ("key management socket", "socket.socket(15, socket.SOCK_RAW)", No),
        ("bluetooth, CAN, TIPC, XDP, RDS and SMC sockets", "[f for f in (21, 29, 30, 31, 43, 44) if not refused(f)]", "DONE \\[\\]"),
        ("raw socket", "socket.socket(2, socket.SOCK_RAW, 1)", No),
        ("netfilter socket", "socket.socket(16, socket.SOCK_RAW, 12)", No),
        ("kernel events socket", "socket.socket(16, socket.SOCK_RAW, 15)", No),
        ("interfaces", "[name for _, name in socket.if_nameindex()]", "DONE \\['lo'\\]"),
        ("internet", "connect(2, ('1.1.1.1', 53))", NoRoute),
        ("internet by IPv6", "connect(10, ('2606:4700:4700::1111', 53))", NoRoute),
        ("metadata service", "connect(2, ('169.254.169.254', 80))", NoRoute),
        ("gateway to the host", "connect(2, ('172.17.0.1', PORT))", NoRoute),
        ("loopback of the host", "connect(2, ('127.0.0.1', PORT))", "ECONNREFUSED"),
        ("abstract socket of the host", "connect(1, '\\0loopcluster-escape-PORT')", "ECONNREFUSED"),
        ("names of the internet", "socket.getaddrinfo('example.com', 80)", "NONAME"),
        ("proxy without egress", "connect(2, ('127.0.0.1', 3128))", "ECONNREFUSED"),
        // Resources.
        ("fork bomb", "forks()", "DONE 'EAGAIN within limit'"),
        ("file over its limit", "big_file()", "EFBIG"),
        ("raise the file limit", "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 50, 1 << 50))", "FAULT ValueError: .*"),
        ("more open files", "resource.setrlimit(resource.RLIMIT_NOFILE, (1 << 20, 1 << 20))", "FAULT ValueError: .*"),
        ("core dump", "resource.getrlimit(resource.RLIMIT_CORE)", "DONE \\(0, 0\\)"),
        ("real-time scheduling", "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))", No),
        ("higher priority", "os.setpriority(os.PRIO_PROCESS, 0, -20)", No),
        // The other side: none of it costs ordinary programs anything.
        (
            "user with a name and a home that can be written",
            "(__import__('pwd').getpwuid(os.getuid()).pw_dir, os.access(os.path.expanduser('~'), os.W_OK))",
            "DONE \\('/tmp', True\\)"
        ),
        ("honest work", "honest()", "DONE \\(8, \\[1, 2\\], '127.0.0.1'\\)"),
    ];
}
