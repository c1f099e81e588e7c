// Command tiny is what containers of the test cluster run: the pause container of
// every pod, and the pods of the cluster's own tests.
//
// Its first argument says what it does: `pause` waits; `serve` answers HTTP on port
// 8080 with its pod's name; `ask URL` prints the answer; `whoami` prints whom the API
// server takes this pod for; `eat` takes memory until it is killed.
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

const identity = "/var/run/secrets/kubernetes.io/serviceaccount/"

func main() {
	// Process 1 of its namespace hears only signals that it has asked for, and dead
	// children of others, which would stay on, are its own.
	signal.Ignore(syscall.SIGCHLD)
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM, syscall.SIGINT)
	switch os.Args[1] {
	case "pause":
	case "serve":
		go serve()
	case "ask":
		show(http.Get(os.Args[2]))
		return
	case "whoami":
		whoami()
		return
	case "eat":
		eat()
	}
	<-asked
}

func serve() {
	name, err := os.Hostname()
	check(err)
	fmt.Println("serving as", name)
	check(http.ListenAndServe(":8080", http.HandlerFunc(
		func(answer http.ResponseWriter, _ *http.Request) { fmt.Fprintln(answer, name) })))
}

func whoami() {
	authority, err := os.ReadFile(identity + "ca.crt")
	check(err)
	token, err := os.ReadFile(identity + "token")
	check(err)
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(authority)
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	server := net.JoinHostPort(
		os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT"))
	question, err := http.NewRequest(
		"POST",
		"https://"+server+"/apis/authentication.k8s.io/v1/selfsubjectreviews",
		bytes.NewBufferString(
			`{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}`),
	)
	check(err)
	question.Header.Set("Authorization", "Bearer "+string(token))
	question.Header.Set("Content-Type", "application/json")
	show(client.Do(question))
}

func eat() {
	var eaten [][]byte
	for {
		eaten = append(eaten, bytes.Repeat([]byte{1}, 1<<20))
	}
}

func show(answer *http.Response, err error) {
	check(err)
	_, err = io.Copy(os.Stdout, answer.Body)
	check(err)
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
