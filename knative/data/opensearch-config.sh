#!/bin/sh
# Fills the folder that OpenSearch reads its settings from, and writes its keystore to: the image's own files, ours, and
# certificates. Where none are mounted, the node makes one for itself: enough for a node alone.
set -eu
umask 077

target=$1
# What is there, of an attempt before or read-only as the image has it, gives way.
rm -rf "${target:?}"/*
cp -r /usr/share/opensearch/config/. "$target/"
chmod -R u+w "$target/"*
cp /etc/genai/opensearch.yml "$target/opensearch.yml"
# The image's own options write up to 2 GiB of collector's logs: the volume has less.
mkdir -p "$target/jvm.options.d"
cat >"$target/jvm.options.d/genai.options" <<END
-Xlog:disable
-Xlog:all=warning:stderr:utctime,level,tags
END
mkdir -p "$target/opensearch-security"
cp /etc/genai-security/*.yml "$target/opensearch-security/"

if [ -d /etc/genai-tls ]; then
  mkdir -p "$target/tls"
  cp -L /etc/genai-tls/ca.crt /etc/genai-tls/tls.crt /etc/genai-tls/tls.key "$target/tls/"
  cat >>"$target/opensearch.yml" <<END

plugins.security.nodes_dn: ['CN=opensearch']
plugins.security.ssl.transport.pemcert_filepath: tls/tls.crt
plugins.security.ssl.transport.pemkey_filepath: tls/tls.key
plugins.security.ssl.transport.pemtrustedcas_filepath: tls/ca.crt
plugins.security.ssl.http.enabled: true
plugins.security.ssl.http.pemcert_filepath: tls/tls.crt
plugins.security.ssl.http.pemkey_filepath: tls/tls.key
plugins.security.ssl.http.pemtrustedcas_filepath: tls/ca.crt
END
  exit 0
fi

keytool=/usr/share/opensearch/jdk/bin/keytool
[ -x "$keytool" ] || keytool=keytool
password=$(head -c 32 /dev/urandom | sha256sum | cut -d ' ' -f 1)
"$keytool" -genkeypair -alias node -keyalg EC -groupname secp256r1 -validity 3650 -dname CN=genai-node \
  -storetype PKCS12 -keystore "$target/node.p12" -storepass "$password" >&2
"$keytool" -exportcert -alias node -keystore "$target/node.p12" -storepass "$password" -file "$target/node.crt"
"$keytool" -importcert -noprompt -alias node -file "$target/node.crt" \
  -storetype PKCS12 -keystore "$target/trust.p12" -storepass "$password"
cat >>"$target/opensearch.yml" <<END

plugins.security.nodes_dn: ['CN=genai-node']
plugins.security.ssl.transport.keystore_type: PKCS12
plugins.security.ssl.transport.keystore_filepath: node.p12
plugins.security.ssl.transport.keystore_password: '$password'
plugins.security.ssl.transport.truststore_type: PKCS12
plugins.security.ssl.transport.truststore_filepath: trust.p12
plugins.security.ssl.transport.truststore_password: '$password'
END
