"""Makes each attempt in a process of its own and says in a line how it ended: DONE and the value, the error's name, or the signal."""
import ctypes, errno, json, os, platform, resource, select, signal, socket, sqlite3, struct, subprocess, sys, threading

libc = ctypes.CDLL(None, use_errno=True)
ARM = platform.machine() == 'aarch64'
NUMBERS = {  # x86-64, arm64
    'ptrace': (101, 117), 'process_vm_readv': (310, 270), 'process_vm_writev': (311, 271), 'kcmp': (312, 272), 'io_uring_setup': (425, 425), 'bpf': (321, 280),
    'perf_event_open': (298, 241), 'userfaultfd': (323, 282), 'keyctl': (250, 219), 'add_key': (248, 217), 'request_key': (249, 218), 'unshare': (272, 97),
    'setns': (308, 268), 'clone': (56, 220), 'clone3': (435, 435), 'mount': (165, 40), 'umount2': (166, 39), 'pivot_root': (155, 41), 'fsopen': (430, 430),
    'open_tree': (428, 428), 'move_mount': (429, 429), 'mount_setattr': (442, 442), 'open_by_handle_at': (304, 265), 'personality': (135, 92), 'syslog': (103, 116),
    'init_module': (175, 105), 'finit_module': (313, 273), 'kexec_load': (246, 104), 'reboot': (169, 142), 'swapon': (167, 224), 'acct': (163, 89),
    'settimeofday': (164, 170), 'sethostname': (170, 161), 'capset': (126, 91), 'pidfd_getfd': (438, 438), 'quotactl': (179, 60), 'fanotify_init': (300, 262),
    'landlock_create_ruleset': (444, 444), 'prctl': (157, 167), 'pidfd_open': (434, 434), 'process_madvise': (440, 440),
}


def call(name, *arguments):
    ctypes.set_errno(0)
    result = libc.syscall(NUMBERS[name][ARM], *[a if isinstance(a, bytes) else ctypes.c_long(a) for a in arguments])
    if result == -1:
        raise OSError(ctypes.get_errno(), name)
    return result


def read(path):
    fd = os.open(path, os.O_RDONLY)
    return os.read(fd, 200)


def write(path, text='1'):
    return os.write(os.open(path, os.O_WRONLY), text.encode())


def connect(family, address):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(3)
    s.connect(address)
    return 'connected'


def refused(family):
    try:
        socket.socket(family, socket.SOCK_RAW)
        return False
    except OSError as e:
        return e.errno == errno.EPERM


def status(key):
    return next(line.split()[1] for line in open('/proc/self/status') if line.startswith(key + ':'))


def sibling(act):
    """Another process of the same user, which sleeps."""
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.read(r, 1)
        os._exit(0)
    try:
        return act(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


def vector(address):
    return ctypes.addressof((ctypes.c_void_p * 2)(address, 8))


def forks():
    """Forks until the kernel refuses."""
    made = []
    try:
        while len(made) < 2000:
            pid = os.fork()
            if pid == 0:
                signal.pause()
            made.append(pid)
        return 'unbounded'
    except OSError as e:
        return errno.errorcode[e.errno] + (' within limit' if len(made) < 130 else ' too late')
    finally:
        for pid in made:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def big_file():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    fd = os.open('/workspace/sparse', os.O_CREAT | os.O_WRONLY)
    return os.pwrite(fd, b'x', 1 << 40)


def setuid_copy():
    """A program of ours with the bit set runs as whom?"""
    path = '/workspace/setuid'
    with open(path, 'wb') as f:
        f.write(open('/usr/bin/id', 'rb').read())
    os.chmod(path, 0o6755)
    return subprocess.run([path, '-u'], capture_output=True, text=True).stdout.strip() == str(os.getuid())


def honest():
    """What ordinary programs do has to go on working."""
    done = []
    threads = [threading.Thread(target=done.append, args=(i,)) for i in range(8)]
    [t.start() for t in threads], [t.join() for t in threads]
    server = socket.socket(socket.AF_INET6)
    server.bind(('::1', 80))
    server.listen()
    socket.create_connection(('localhost', 80)).close()
    database = sqlite3.connect('/workspace/data.sqlite')
    database.execute('pragma journal_mode=wal'), database.execute('create table t(x)'), database.commit()
    os.rename('/workspace/data.sqlite', '/workspace/moved.sqlite')
    os.mkdir('/workspace/other'), os.rename('/workspace/moved.sqlite', '/workspace/other/moved'), os.link('/workspace/other/moved', '/workspace/linked')
    open('/dev/stdout', 'w').close(), open('/proc/self/fd/1', 'w').close()
    import multiprocessing
    with multiprocessing.Pool(2) as pool:
        return (len(done), pool.map(abs, [-1, -2]), socket.gethostbyname(socket.gethostname()))


def attempt(code):
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        signal.alarm(8)
        try:
            said = 'DONE %r' % (eval(code),)
        except socket.gaierror:
            said = 'NONAME'
        except OSError as e:
            said = errno.errorcode.get(e.errno, type(e).__name__)
        except BaseException as e:
            said = 'FAULT %s: %s' % (type(e).__name__, e)
        os.write(w, said.encode())
        os._exit(0)
    os.close(w)
    _, ended = os.waitpid(pid, 0)
    said = os.read(r, 4000).decode() if select.select([r], [], [], 0)[0] else ''
    os.close(r)
    return said or 'SIGNAL %d' % os.WTERMSIG(ended)


for name, code in json.load(sys.stdin).items():
    print(name, attempt(code), sep='\t', flush=True)
