package lab

import (
	"context"
)

const applicationAgent = "vault-agent-nas-proxy"

// StartAgent applies the shipped manifests with the component vault-agent:
// exporter and broker then reach the NAS Vault through a Vault Agent.
func (l *Lab) StartAgent(ctx context.Context) error {
	err := l.importImage(ctx, "vault")
	if err != nil {
		return err
	}
	_, err = l.Kubectl(ctx, "apply", "--kustomize="+deployFolder+"/"+overlayAgent)
	if err != nil {
		return err
	}
	err = l.rolledOut(ctx, applicationAgent)
	if err != nil {
		return err
	}
	return l.rolledOut(ctx, applicationExporter)
}

// StopAgent undoes StartAgent.
func (l *Lab) StopAgent(ctx context.Context) error {
	_, err := l.Apply(ctx)
	if err != nil {
		return err
	}
	_, err = l.Kubectl(ctx, "--namespace="+namespace, "delete", "deployment,service,serviceaccount,networkpolicy", applicationAgent)
	if err != nil {
		return err
	}
	return l.rolledOut(ctx, applicationExporter)
}

// InExporter runs a command in the exporter's pod.
func (l *Lab) InExporter(ctx context.Context, command ...string) (stdout, stderr string, code int, err error) {
	pod, err := l.podNamed(ctx, applicationExporter)
	if err != nil {
		return "", "", 0, err
	}
	ended, err := l.inPod(ctx, pod, command...)
	return ended.stdout, ended.stderr, ended.code, err
}
