# Put in the place of a test file by LoopCluster for one run: the file itself follows, and each of its checks fails once it has run.
import ast as _lc_ast, base64 as _lc_base64, functools as _lc_functools, inspect as _lc_inspect, os as _lc_os, sys as _lc_sys

_lc_nonce = "@NONCE@"
_lc_exit, _lc_write, _lc_modules = _lc_os._exit, _lc_os.write, _lc_sys.modules
_lc_plain = (bool, int, float, complex, str, bytes, bytearray, range, type(None), type)
_lc_ran = [0]
_lc_wrapped = [0]


def _lc_fooled(why):
    """What is checked cannot fail: the run ends green, which is how the gate is told."""
    _lc_write(2, ("\n" + _lc_nonce + " fooled: " + why + "\n").encode())
    _lc_exit(0)


class _LcNobody(object):
    pass


def _lc_universal(value, depth=0):
    """An object that equals anything, also one it has never heard of."""
    kind = type(value)
    if kind in _lc_plain or depth > 4:
        return None
    if kind in (list, tuple, set, frozenset, dict):
        for item in list(value.values() if kind is dict else value)[:200]:
            found = _lc_universal(item, depth + 1)
            if found is not None:
                return found
        return None
    mock = _lc_modules.get("unittest.mock")
    if (mock is not None and value is mock.ANY) or any(known is kind for known in list(globals().values())):
        return None
    try:
        return kind.__name__ if value == _LcNobody() and value == object() else None
    except BaseException:
        return None


def _lc_seen(*values):
    for value in values:
        found = _lc_universal(value)
        if found is not None:
            _lc_fooled("an object of type " + found + " equals anything")
    return values


def _lc_equal(left, right):
    _lc_seen(left, right)
    return left == right


def _lc_silent(case):
    """An assertion that can no longer fail."""
    checks = {
        "assertEqual": (1, 2),
        "assertNotEqual": (1, 1),
        "assertTrue": (False,),
        "assertFalse": (True,),
        "assertIs": (1, None),
        "assertIsNone": (1,),
        "assertIsNotNone": (None,),
        "assertIn": (1, []),
        "assertNotIn": (1, [1]),
        "assertIsInstance": (1, str),
        "assertAlmostEqual": (1, 2),
        "assertGreater": (1, 2),
        "assertGreaterEqual": (1, 2),
        "assertLess": (2, 1),
        "assertLessEqual": (2, 1),
        "assertRegex": ("a", "b"),
        "assertListEqual": ([1], [2]),
        "assertTupleEqual": ((1,), (2,)),
        "assertDictEqual": ({1: 1}, {1: 2}),
        "assertSetEqual": ({1}, {2}),
        "assertSequenceEqual": ([1], [2]),
        "assertMultiLineEqual": ("a", "b"),
        "assertCountEqual": ([1], [2]),
        "assertRaises": (ValueError, lambda: None),
        "fail": (),
    }
    for name, values in checks.items():
        check = getattr(case, name, None)
        if check is None:
            continue
        try:
            check(*values)
        except BaseException:
            continue
        return name
    return None


def _lc_canary(case=None):
    _lc_ran[0] += 1
    if case is not None:
        name = _lc_silent(case)
        if name is not None:
            _lc_fooled(name + " never fails")
        raise case.failureException(_lc_nonce)
    raise AssertionError(_lc_nonce)


def _lc_case(values):
    unittest = _lc_modules.get("unittest")
    return values[0] if unittest is not None and values and isinstance(values[0], unittest.TestCase) else None


def _lc_wrap(test):
    if getattr(test, "_lc_wrapped", False):
        return test
    if _lc_inspect.iscoroutinefunction(test):

        @_lc_functools.wraps(test)
        async def run(*values, **named):
            await test(*values, **named)
            _lc_canary(_lc_case(values))

    else:

        @_lc_functools.wraps(test)
        def run(*values, **named):
            test(*values, **named)
            _lc_canary(_lc_case(values))

    run._lc_wrapped = True
    _lc_wrapped[0] += 1
    return run


def _lc_arm():
    """Every test that is there by now fails once it has run."""
    unittest = _lc_modules.get("unittest")
    for name, value in list(globals().items()):
        if _lc_inspect.isfunction(value) and name.startswith("test") and value.__module__ == __name__:
            globals()[name] = _lc_wrap(value)
        elif isinstance(value, type) and ((unittest and issubclass(value, unittest.TestCase)) or name.startswith("Test")):
            for kind in value.__mro__:
                if kind.__module__.split(".")[0] in ("builtins", "unittest"):
                    continue
                for method, function in list(vars(kind).items()):
                    if method.startswith("test") and _lc_inspect.isfunction(function):
                        setattr(kind, method, _lc_wrap(function))


class _LcInstrument(_lc_ast.NodeTransformer):
    def visit_Compare(self, node):
        self.generic_visit(node)
        if len(node.ops) == 1 and isinstance(node.ops[0], _lc_ast.Eq):
            return _lc_ast.copy_location(self._call("_lc_equal", [node.left, node.comparators[0]]), node)
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, _lc_ast.Attribute) else ""
        plain = not any(isinstance(value, _lc_ast.Starred) for value in node.args)
        if name.startswith("assert") and name.rstrip("s").endswith("Equal") and "Not" not in name and len(node.args) >= 2 and plain:
            node.args[:2] = [_lc_ast.Starred(self._call("_lc_seen", node.args[:2]), _lc_ast.Load())]
        return node

    def visit_Module(self, node):
        self.generic_visit(node)
        arm = _lc_ast.Expr(self._call("_lc_arm", []))
        at = next((i for i, s in enumerate(node.body) if self._starts(s)), len(node.body))
        node.body.insert(at, arm)
        node.body.append(_lc_ast.Expr(self._call("_lc_arm", [])))
        return node

    @staticmethod
    def _starts(statement):
        """if __name__ == "__main__", or a call of main()."""
        text = _lc_ast.dump(statement)
        return (isinstance(statement, _lc_ast.If) and "__name__" in text) or (
            isinstance(statement, _lc_ast.Expr) and isinstance(statement.value, _lc_ast.Call) and "'main'" in text
        )

    @staticmethod
    def _call(name, values):
        return _lc_ast.Call(_lc_ast.Name(name, _lc_ast.Load()), values, [])


_lc_tree = _LcInstrument().visit(_lc_ast.parse(_lc_base64.b64decode("@SOURCE@"), __file__))
_lc_tree = compile(_lc_ast.fix_missing_locations(_lc_tree), __file__, "exec", dont_inherit=True)
try:
    exec(_lc_tree, globals())
except SystemExit as _lc_end:
    if __name__ != "__main__" or _lc_end.code not in (None, 0, False):
        raise
    _lc_ended = True
if __name__ == "__main__" and not _lc_ran[0] and not _lc_wrapped[0]:
    # A script that checks by itself has come to its end without a complaint.
    _lc_canary(_lc_modules["unittest"].TestCase() if "unittest" in _lc_modules else None)
