# The class path of Debian's Axis.
jars=
for name in axis jaxrpc saaj wsdl4j commons-discovery commons-logging javax.activation javax.mail; do
	jars=$jars:/usr/share/java/$name.jar
done
