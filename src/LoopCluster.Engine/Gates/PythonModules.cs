namespace LoopCluster.Engine.Gates;

/// <summary>
/// Names that belong to Python and its test runners: a module of the change with one of them, where Python looks first, is imported in
/// their place.
/// </summary>
internal static class PythonModules
{
    // sys.stdlib_module_names of 3.8 to 3.14 without those that start with an underscore, which are covered by the rule below.
    private const string Standard = """
        abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath
        cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal
        difflib dis distutils doctest dummy_threading email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib functools gc genericpath getopt
        getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma
        macpath mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev
        parser pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random
        re readline reprlib resource rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile
        sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symbol symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios test textwrap this
        threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref
        webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo
        """;

    private const string Runners = """
        pytest _pytest pluggy iniconfig packaging pygments exceptiongroup tomli py nose nose2 coverage hypothesis xdist execnet pytest_cov pytest_asyncio pytest_timeout pytest_mock anyio tox
        nox mock parameterized testtools unittest2 setuptools pkg_resources pip _distutils_hack colorama attr attrs
        """;

    private static readonly HashSet<string> Known =
    [
        .. $"{Standard} {Runners}"
            .Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Where(n => n is not ("test" or "this" or "code" or "parser" or "symbol" or "dummy_threading")),
    ];

    /// <summary>Names of the interpreter's start that are imported from wherever they are found.</summary>
    public static bool IsHook(string module) => module is "sitecustomize" or "usercustomize";

    public static bool IsTaken(string module) => Known.Contains(module) || IsInternal(module);

    // _io, _thread, _collections_abc and the like. A project's own _private.py is none of them.
    private static bool IsInternal(string module) =>
        module.Length > 1
        && module[0] == '_'
        && !module.StartsWith("__", StringComparison.Ordinal)
        && (
            Known.Contains(module[1..])
            || module
                is "_collections_abc"
                    or "_thread"
                    or "_bootlocale"
                    or "_sitebuiltins"
                    or "_weakrefset"
                    or "_frozen_importlib"
                    or "_imp"
                    or "_pyio"
                    or "_pydecimal"
                    or "_pydatetime"
                    or "_strptime"
                    or "_threading_local"
                    or "_compat_pickle"
                    or "_compression"
                    or "_osx_support"
                    or "_py_abc"
                    or "_aix_support"
                    or "_markupbase"
                    or "_sysconfigdata"
        );

    /// <summary>
    /// The module that Python would import from an entry of this name, or null. <c>json.py</c>, <c>json.so</c>,
    /// <c>json.cpython-311-x86_64-linux-gnu.so</c>, <c>json.pyc</c>.
    /// </summary>
    public static string? ModuleOf(ReadOnlySpan<char> name)
    {
        var dot = name.IndexOf('.');
        if (dot <= 0)
        {
            return null;
        }

        var ending = name[dot..];
        return ending is ".py" or ".pyc" or ".pyo" or ".pyd" || ending.EndsWith(".so") || ending.EndsWith(".pyd")
            ? name[..dot].ToString()
            : null;
    }
}
