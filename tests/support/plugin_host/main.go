// Command plugin_host plays Grafana for a backend of an app: it starts the program, speaks to it through
// the plugin SDK's own client, and prints what it got as JSON. See test_plugin_host.py.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/grafana/grafana-plugin-sdk-go/backend/grpcplugin"
	"github.com/grafana/grafana-plugin-sdk-go/genproto/pluginv2"
	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Calls is what to ask, in this order: metrics, health, each resource, metrics again.
type Calls struct {
	Environment []string          `json:"environment"`
	JSONData    json.RawMessage   `json:"jsonData"`
	Secrets     map[string]string `json:"secureJsonData"`
	Resources   []Resource        `json:"resources"`
}

// Resource is one call of a resource, with the role of who asks.
type Resource struct {
	Path string `json:"path"`
	URL  string `json:"url"`
	Role string `json:"role"`
}

// Answer is what a resource answered.
type Answer struct {
	Code    int32               `json:"code"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body"`
}

// Results is what the backend said.
type Results struct {
	Handshake time.Duration   `json:"handshakeNanoseconds"`
	Before    string          `json:"metricsBefore"`
	Status    string          `json:"status"`
	Message   string          `json:"message"`
	Details   json.RawMessage `json:"details"`
	Answers   []Answer        `json:"answers"`
	After     string          `json:"metricsAfter"`
	Exited    bool            `json:"exited"`
	Code      int             `json:"exitCode"`
}

func main() {
	var found any
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "descriptor":
		found = describe(pluginv2.File_backend_proto)
	case len(os.Args) == 3 && os.Args[1] == "call":
		found, err = call(os.Args[2])
	default:
		err = errors.New("usage: plugin_host descriptor, or plugin_host call PROGRAM < calls.json")
	}
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func call(program string) (*Results, error) {
	var calls Calls
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		return nil, err
	}
	command := exec.Command(program)
	command.Env = calls.Environment
	began := time.Now()
	client := plugin.NewClient(&plugin.ClientConfig{
		Cmd:         command,
		SkipHostEnv: true,
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion:  grpcplugin.ProtocolVersion,
			MagicCookieKey:   grpcplugin.MagicCookieKey,
			MagicCookieValue: grpcplugin.MagicCookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{grpcplugin.ProtocolVersion: {
			"diagnostics": &grpcplugin.DiagnosticsGRPCPlugin{},
			"resource":    &grpcplugin.ResourceGRPCPlugin{},
			"data":        &grpcplugin.DataGRPCPlugin{},
			"stream":      &grpcplugin.StreamGRPCPlugin{},
		}},
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.New(&hclog.LoggerOptions{Level: hclog.Debug, JSONFormat: true, Output: os.Stderr}),
	})
	defer client.Kill()
	speaking, err := client.Client()
	if err != nil {
		return nil, err
	}
	results := &Results{Handshake: time.Since(began)}
	if err := speaking.Ping(); err != nil {
		return nil, err
	}
	if err := ask(speaking, &calls, results); err != nil {
		return nil, err
	}
	client.Kill()
	results.Exited = client.Exited()
	results.Code = command.ProcessState.ExitCode()
	return results, nil
}

func ask(speaking plugin.ClientProtocol, calls *Calls, results *Results) error {
	dispensed, err := speaking.Dispense("diagnostics")
	if err != nil {
		return err
	}
	diagnostics := dispensed.(grpcplugin.DiagnosticsClient)
	dispensed, err = speaking.Dispense("resource")
	if err != nil {
		return err
	}
	resource := dispensed.(grpcplugin.ResourceClient)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if results.Before, err = metrics(ctx, diagnostics); err != nil {
		return err
	}
	request := &pluginv2.CheckHealthRequest{PluginContext: calls.context("Admin")}
	health, err := diagnostics.CheckHealth(ctx, request)
	if err != nil {
		return err
	}
	results.Status, results.Message, results.Details = health.Status.String(), health.Message, health.JsonDetails
	for _, wanted := range calls.Resources {
		answer, err := read(ctx, resource, calls, wanted)
		if err != nil {
			return fmt.Errorf("%s: %w", wanted.URL, err)
		}
		results.Answers = append(results.Answers, answer)
	}
	results.After, err = metrics(ctx, diagnostics)
	return err
}

func metrics(ctx context.Context, diagnostics grpcplugin.DiagnosticsClient) (string, error) {
	answer, err := diagnostics.CollectMetrics(ctx, &pluginv2.CollectMetricsRequest{})
	if err != nil {
		return "", err
	}
	return string(answer.GetMetrics().GetPrometheus()), nil
}

func read(ctx context.Context, resource grpcplugin.ResourceClient, calls *Calls, wanted Resource) (Answer, error) {
	answer := Answer{Headers: map[string][]string{}}
	stream, err := resource.CallResource(ctx, &pluginv2.CallResourceRequest{
		PluginContext: calls.context(wanted.Role),
		Path:          wanted.Path,
		Url:           wanted.URL,
		Method:        "GET",
		Headers:       map[string]*pluginv2.StringList{"Accept": {Values: []string{"*/*"}}},
	})
	if err != nil {
		return answer, err
	}
	for first := true; ; first = false {
		part, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return answer, nil
		}
		if err != nil {
			return answer, err
		}
		if first {
			answer.Code = part.Code
			for name, values := range part.Headers {
				answer.Headers[name] = values.Values
			}
		}
		answer.Body += string(part.Body)
	}
}

func (calls *Calls) context(role string) *pluginv2.PluginContext {
	return &pluginv2.PluginContext{
		OrgId:    1,
		PluginId: "groupscope-jupyterhub-app",
		User:     &pluginv2.User{Login: "somebody", Role: role},
		AppInstanceSettings: &pluginv2.AppInstanceSettings{
			JsonData:                calls.JSONData,
			DecryptedSecureJsonData: calls.Secrets,
			LastUpdatedMS:           time.Now().UnixMilli(),
		},
		GrafanaConfig: map[string]string{"GF_VERSION": "12.4.0"},
	}
}

// describe returns the fields of each message, the values of each enumeration, and the methods of
// each service: {"User": {"login": "1 string"}, …}.
func describe(file protoreflect.FileDescriptor) map[string]map[string]string {
	found := map[string]map[string]string{}
	messages(file.Messages(), found)
	for i := range file.Services().Len() {
		service := file.Services().Get(i)
		methods := map[string]string{}
		for j := range service.Methods().Len() {
			method := service.Methods().Get(j)
			methods[string(method.Name())] = fmt.Sprintf("%s %s %v %v", method.Input().FullName(),
				method.Output().FullName(), method.IsStreamingClient(), method.IsStreamingServer())
		}
		found[string(service.FullName())] = methods
	}
	return found
}

func messages(all protoreflect.MessageDescriptors, found map[string]map[string]string) {
	for i := range all.Len() {
		message := all.Get(i)
		fields := map[string]string{}
		for j := range message.Fields().Len() {
			field := message.Fields().Get(j)
			kind := field.Kind().String()
			if field.Message() != nil {
				kind = string(field.Message().FullName())
			}
			if field.Enum() != nil {
				kind = string(field.Enum().FullName())
			}
			fields[string(field.Name())] = fmt.Sprintf("%d %s %s", field.Number(), field.Cardinality(), kind)
		}
		found[string(message.FullName())] = fields
		for j := range message.Enums().Len() {
			values := map[string]string{}
			for k := range message.Enums().Get(j).Values().Len() {
				value := message.Enums().Get(j).Values().Get(k)
				values[string(value.Name())] = fmt.Sprint(value.Number())
			}
			found[string(message.Enums().Get(j).FullName())] = values
		}
		messages(message.Messages(), found)
	}
}
