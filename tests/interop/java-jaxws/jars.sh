# The class path of Debian's JAX-WS RI at run time.
jars=
for name in jaxws-rt jaxws-api jws-api jaxb-api jaxb-impl jaxb-core jaxb-runtime javax.activation saaj-impl saaj-api stax-ex \
    streambuffer metro-policy gmbal gmbal-api-only glassfish-management-api FastInfoset mimepull asm \
    geronimo-annotation-1.3-spec woodstox-core-lgpl woodstox-core stax2-api txw2 istack-commons-runtime xml-resolver \
    javax.annotation-api; do
	[ ! -e "/usr/share/java/$name.jar" ] || jars=$jars:/usr/share/java/$name.jar
done
