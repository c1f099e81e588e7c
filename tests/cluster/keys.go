package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// A cluster outlives neither a test session nor a developer's week.
const lifetime = 365 * 24 * time.Hour

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// makeKeys writes the key pairs by which API server and kubelet know each other:
//
//	ca              signs the others, and what users of the cluster ask for
//	kubelet-client  is the API server when it calls the kubelet
//	kubelet         is the kubelet, whoever calls
//
// Its arguments are a folder, the node's address and the node's name.
func makeKeys(arguments []string) {
	if len(arguments) != 3 {
		fail("keys needs three arguments: a folder, the node's address and the node's name")
	}
	folder, address, node := arguments[0], arguments[1], arguments[2]
	ca, err := makeAuthority(folder)
	if err == nil {
		err = errors.Join(
			ca.issue(folder, "kubelet-client", &x509.Certificate{
				Subject: pkix.Name{
					CommonName:   "kube-apiserver-kubelet-client",
					Organization: []string{"system:masters"},
				},
				ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
			}),
			ca.issue(folder, "kubelet", &x509.Certificate{
				Subject: pkix.Name{
					CommonName:   "system:node:" + node,
					Organization: []string{"system:nodes"},
				},
				IPAddresses: []net.IP{net.ParseIP(address)},
				ExtKeyUsage: []x509.ExtKeyUsage{
					x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth,
				},
			}),
		)
	}
	if err != nil {
		fail("keys: " + err.Error())
	}
}

func makeAuthority(folder string) (authority, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "rpafabrik-test-ca"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, err
	}
	own := authority{template, key}
	return own, own.sign(folder, "ca", template, key)
}

func (ca authority) issue(folder, name string, template *x509.Certificate) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	return ca.sign(folder, name, template, key)
}

// sign writes NAME.crt and NAME.key.
func (ca authority) sign(
	folder, name string, template *x509.Certificate, key *ecdsa.PrivateKey,
) error {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour)
	template.NotAfter = time.Now().Add(lifetime)
	certificate, err := x509.CreateCertificate(
		rand.Reader, template, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		write(filepath.Join(folder, name+".crt"), "CERTIFICATE", certificate, 0o644),
		write(filepath.Join(folder, name+".key"), "PRIVATE KEY", private, 0o600),
	)
}

func write(path, kind string, content []byte, mode os.FileMode) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), mode)
}
