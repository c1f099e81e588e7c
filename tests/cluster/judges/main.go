// Command judges says of our files what the programs would say that read them.
//
//	judges kstatus            a resource (JSON on standard input) as Flux sees it
//	judges argocd SCRIPT      the same as Argo CD sees it, by a health check in Lua
//	judges kind FILE          a cluster's configuration as kind reads it
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

func main() {
	var told any
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "kstatus":
		told, err = kstatus()
	case len(os.Args) == 3 && os.Args[1] == "argocd":
		told, err = argocd(os.Args[2])
	case len(os.Args) == 3 && os.Args[1] == "kind":
		told, err = kind(os.Args[2])
	default:
		err = fmt.Errorf("must be: judges kstatus | argocd SCRIPT | kind FILE")
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(told)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type verdict struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func resource() (*unstructured.Unstructured, error) {
	found := &unstructured.Unstructured{}
	return found, json.NewDecoder(os.Stdin).Decode(found)
}

func kstatus() (*verdict, error) {
	found, err := resource()
	if err != nil {
		return nil, err
	}
	computed, err := status.Compute(found)
	if err != nil {
		return nil, err
	}
	return &verdict{computed.Status.String(), computed.Message}, nil
}

// argocd runs the script as Argo CD does: with the resource as `obj`, and no library that could
// reach beyond it.
func argocd(script string) (*verdict, error) {
	found, err := resource()
	if err != nil {
		return nil, err
	}
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName:   lua.OpenPackage,
		lua.BaseLibName:   lua.OpenBase,
		lua.TabLibName:    lua.OpenTable,
		lua.StringLibName: lua.OpenString,
	} {
		call := lua.P{Fn: state.NewFunction(open), Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return nil, err
		}
	}
	state.SetGlobal("obj", value(state, found.Object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	returned, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return nil, fmt.Errorf("must return a table, and returned a %s", state.Get(-1).Type())
	}
	said := func(key string) string { return lua.LVAsString(returned.RawGetString(key)) }
	return &verdict{said("status"), said("message")}, nil
}

func value(state *lua.LState, from any) lua.LValue {
	switch one := from.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, inner := range one {
			table.RawSetString(key, value(state, inner))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, inner := range one {
			table.Append(value(state, inner))
		}
		return table
	case string:
		return lua.LString(one)
	case bool:
		return lua.LBool(one)
	case int64:
		return lua.LNumber(one)
	case float64:
		return lua.LNumber(one)
	default:
		return lua.LNil
	}
}

// kind decodes as strictly as kind does: a field that it does not know is an error.
func kind(file string) (*v1alpha4.Cluster, error) {
	text, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer text.Close()
	decoder := yaml.NewDecoder(text)
	decoder.KnownFields(true)
	cluster := &v1alpha4.Cluster{}
	if err := decoder.Decode(cluster); err != nil {
		return nil, err
	}
	v1alpha4.SetDefaultsCluster(cluster)
	return cluster, nil
}
