package main

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"homelab.io/vault-health-exporter/chaos/homelab"
)

// asProgram is the environment variable that makes the test binary the program itself.
const asProgram = "TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	testscript.Main(m, map[string]func(){
		"vault-health-exporter": main,
	})
}

// TestScripts runs the binary as a person does, against an embedded flow of
// each script's own: config.yaml is its configuration, and the commands break
// and heal put a fault of the catalogue in and take it out.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			home, err := homelab.Start(filepath.Join(env.WorkDir, "home"), homelab.Options{})
			if err != nil {
				return err
			}
			env.Defer(func() { _ = home.Close() })
			env.Values[homeKey{}] = home
			return os.WriteFile(filepath.Join(env.WorkDir, "config.yaml"), home.Config(), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"break":     func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(homelabOf(ts).Break(args[0])) },
			"heal":      func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(homelabOf(ts).Heal(args[0])) },
			"onlytoken": onlyToken,
			"mode":      mode,
		},
	})
}

type homeKey struct{}

func homelabOf(ts *testscript.TestScript) *homelab.Homelab {
	return ts.Value(homeKey{}).(*homelab.Homelab)
}

var oneToken = regexp.MustCompile(`^hvs\.[A-Za-z0-9_-]{20,}\n$`)

// onlyToken checks that a file is one token and nothing else.
func onlyToken(ts *testscript.TestScript, neg bool, args []string) {
	if oneToken.MatchString(ts.ReadFile(args[0])) == neg {
		ts.Fatalf("%s: got something else than one token", args[0]) // which is not printed: it may hold one
	}
}

// mode checks the permissions of a file.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if info.Mode().String() != args[0] {
		ts.Fatalf("%s: got mode %s, want %s", args[1], info.Mode(), args[0])
	}
}
