# srv: one plain file. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.SUFFIXES:

VERSION := 1.0.0.0
SANITIZE ?=
BUILD := build$(if $(SANITIZE),/$(SANITIZE))$(if $(COVERAGE),/coverage)
CC := gcc
# Commands are shown short, and whole with V=1.
say = $(if $(V),,@echo '  $(1) $@';)

# ---- what Debian packages are needed, and for what --------------------------------------------------
PACKAGES_BUILD := gcc libc6-dev pkg-config gsoap libgsoap-dev xsltproc libevent-dev libsodium-dev \
	libinih-dev libexpat1-dev libsqlite3-dev libssl-dev libcurl4-openssl-dev zlib1g-dev \
	libseccomp-dev libcap-ng-dev libzxcvbn-dev
PACKAGES_TEST := libcmocka-dev libxml2-utils curl sqlite3 openssl nginx haproxy slowhttptest g++ zsh \
	$(if $(filter valgrind,$(SANITIZE)),valgrind)
PACKAGES_WSDL := python3 python3-lxml python3-xmlschema mono-mcs libmono-system-web-services4.0-cil
# Node.js from elsewhere brings its npm along.
PACKAGES_PAGES := chromium $(if $(shell command -v npm),,nodejs npm)
PACKAGES_FUZZ := clang-14 libclang-rt-14-dev llvm-14
PACKAGES_BENCH := wrk nginx python3
# Where Node.js is not Debian's, npm comes with it and is no package.
PACKAGES_INTEROP = $(filter-out $(if $(shell command -v npm),nodejs npm),python3 \
	$(shell sed -n 's/^packages *=//p' tests/interop/*/about))

# ---- flags --------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wconversion -Werror
OPT ?= -O2 -g
CPPFLAGS := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -DSRV_VERSION='"$(VERSION)"' -isystem gen/out
HARDEN := -fstack-protector-strong -fPIE $(if $(SANITIZE)$(COVERAGE),,-D_FORTIFY_SOURCE=2)
CFLAGS := -std=c11 $(OPT) $(HARDEN) -pthread
LDFLAGS := -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed
LDLIBS := -lgsoap -lz -levent_core -levent_pthreads -lsodium -linih -lexpat -lsqlite3 -lssl -lcrypto -lcurl -lseccomp -lcap-ng

# Sanitizers and coverage make system calls and write files of their own, which srvd's sandbox would forbid.
CPPFLAGS += $(if $(SANITIZE)$(COVERAGE),-DSRV_INSTRUMENTED) $(if $(filter valgrind,$(SANITIZE)),-DSRV_MEMCHECK)

ifeq ($(SANITIZE),address)
  CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
  LDFLAGS += -fsanitize=address,undefined
else ifeq ($(SANITIZE),thread)
  CFLAGS += -fsanitize=thread
  LDFLAGS += -fsanitize=thread
else ifeq ($(SANITIZE),fuzz)
  CC := clang-14
  WARN += -Wno-missing-field-initializers -Wno-unknown-warning-option
  CFLAGS += -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
  LDFLAGS += -fsanitize=fuzzer,address,undefined
else ifneq ($(filter-out valgrind,$(SANITIZE)),)
  $(error SANITIZE is address, thread or valgrind)
endif
ifneq ($(COVERAGE),)
  CFLAGS += --coverage -O0
  LDFLAGS += --coverage
endif

# ---- sources ------------------------------------------------------------------------------------------
# Folders are named here, files found: a new operation, job or test is picked up as it stands.
CORE_DIRS := base guard store cache session jobs operations endpoint net
CORE_SRC := $(foreach d,$(CORE_DIRS),$(wildcard impl/$(d)/*.c))
CORE_OBJ := $(CORE_SRC:%.c=$(BUILD)/%.o)
GEN_C := gen/out/soapC.c gen/out/soapServer.c gen/out/operations.c
GEN_OBJ := $(GEN_C:%.c=$(BUILD)/%.o) $(BUILD)/gen/documents.o
GEN_HEADERS := gen/out/soapH.h gen/out/srvclient_results.h
# The library's objects are position-independent; what it takes from base/ is compiled for it once more.
CLIENT_OBJ := $(patsubst %.c,$(BUILD)/pic/%.o,$(wildcard impl/client/*.c) gen/out/srvclient_results.c \
	gen/out/soapClient.c)
CLIENT_BASE_OBJ := $(patsubst %,$(BUILD)/pic/%.o,impl/base/buf impl/base/err impl/base/text impl/base/xml gen/out/soapC)
SRVCTL_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out impl/srvctl/main.c,$(wildcard impl/srvctl/*.c)))
UNIT_SRC := $(wildcard tests/unit/test_*.c)
# Not under valgrind, which knows no seccomp: the test of the filter of system calls.
UNIT := $(filter-out $(if $(filter valgrind,$(SANITIZE)),%/test_guard_calls),$(UNIT_SRC:%.c=$(BUILD)/%))
WIRE_SRC := $(wildcard tests/wire/test_*.c)
WIRE := $(WIRE_SRC:%.c=$(BUILD)/%)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ := $(FUZZ_SRC:%.c=$(BUILD)/%)
REPLAY := $(patsubst tests/fuzz/fuzz_%.c,$(BUILD)/tests/fuzz/replay_%,$(FUZZ_SRC))
WSDL_CHECK := tests/wsdl/test_wsdl.py
FAULTS := $(wildcard tests/faults/test_*.py)
SHIM := $(BUILD)/tests/faults/shim.so
WIRE_LIB := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(WIRE_SRC),$(wildcard tests/wire/*.c)))
PROGRAMS := $(BUILD)/srvd $(BUILD)/srvadm $(BUILD)/srvctl
LIBRARIES := $(BUILD)/libsrvclient.a $(BUILD)/libsrvclient.so
OURS := $(wildcard impl/*/*.[ch] tests/*/*.[ch] tests/interop/*/*.[ch] tests/interop/*/*.cpp)

# What root starts from here serves as root, who owns what is built and made here, and has to say so.
ifeq ($(shell id -u),0)
  export SRVD_USER := root
endif

.PHONY: all run demo test unit wire fuzz wsdl-check interop interop-readme pages screenshots testssl programs bench coverage lint \
	format format-check gen gen-check install packages clean help
all: programs

help:
	@echo 'make run        install what is missing, build, and serve on http://localhost:8080/srv.asmx'
	@echo 'make demo       a flush in each of the four forms, start to end, unattended'
	@echo 'make test       install what is missing, build, and run every test (SANITIZE=address, SANITIZE=thread)'
	@echo 'make memcheck   unit programs, fuzz replays and end-to-end programs under valgrind; takes about an hour'
	@echo 'make wsdl-check what a running srvd publishes, by the schemas, the Basic Profile and ASMX'
	@echo 'make interop    every SOAP toolkit of tests/interop against srvd; CLIENTS="curl mono-wsdl" are some of them'
	@echo 'make screenshots pictures of the pages, phone and desktop, light and dark, in build/screenshots'
	@echo 'make faults     every call that can fail does, in each phase of srvd; PHASES="start login" and FUNCTIONS are some of them'
	@echo 'make crash      kill -9 under load, ROUNDS=200, and power cuts, CUTS=500'
	@echo 'make soak       mixed load and all that administrators do; MINUTES=30'
	@echo 'make testssl    have testssl.sh look at the TLS of a running srvd'
	@echo 'make fuzz       libFuzzer on whatever a stranger can send; SECONDS=60 is for each target, TARGETS="gate form" are some'
	@echo 'make coverage   line and branch coverage of impl/ by the tests'
	@echo 'make bench      srvd beside nginx, stock gSOAP and other SOAP stacks; writes tests/bench/RESULTS.md'
	@echo 'make lint       clang-tidy, cppcheck, gcc -fanalyzer, the manual pages'
	@echo 'make format     lay the sources out with clang-format'
	@echo 'make gen        what the WSDL is turned into, under gen/out'
	@echo 'make install    programs, manual pages and sample files under $(DESTDIR)$(PREFIX)'
	@echo 'make clean      remove what was built'

# ---- packages: what is missing is installed, and said ---------------------------------------------------
# $(call need,PACKAGES) installs those that are not there, as root or through sudo. The daemons among them are not to
# start, now or at the next boot: where nothing says so already, a policy-rc.d does for as long as it takes.
define need
	@missing=; for p in $(1); do \
	  dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  as=; [ "$$(id -u)" = 0 ] || as=sudo; \
	  echo "Installing Debian packages:$$missing"; \
	  log=$$(mktemp); trap "rm -f $$log" EXIT; \
	  rc=/usr/sbin/policy-rc.d; \
	  [ -e $$rc ] || { trap "$$as rm -f $$rc $$log" EXIT; \
	    printf '#!/bin/sh\nexit 101\n' | $$as tee $$rc >/dev/null; $$as chmod 755 $$rc; }; \
	  { $$as apt-get update -qq && \
	    $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; } \
	    >$$log 2>&1 || { cat $$log; exit 1; }; \
	  for p in $$missing; do case $$p in nginx|haproxy) \
	    $$as env DPKG_MAINTSCRIPT_PACKAGE=$$p deb-systemd-helper disable $$p.service >/dev/null 2>&1 || true;; esac; done; fi
endef

packages:
	$(call need,$(PACKAGES_BUILD))

# ---- generated code: WSDL in, C and documents out ------------------------------------------------------
gen: $(GEN_HEADERS) gen/out/operations.c gen/out/srvclient_results.c gen/out/wsdl.xml

gen/out/srv-soap.wsdl: wsdl/srv.wsdl gen/compile.xsl | packages
	@mkdir -p gen/out
	$(call say,GEN)xsltproc -o $@ gen/compile.xsl wsdl/srv.wsdl

gen/out/srv.h: gen/out/srv-soap.wsdl gen/typemap.dat
	$(call say,GEN)cd gen/out && wsdl2h -c -L -t ../typemap.dat -o srv.h srv-soap.wsdl >wsdl2h.log 2>&1 || { cat wsdl2h.log; exit 1; }

gen/out/soapH.h gen/out/soapStub.h gen/out/soapC.c gen/out/soapServer.c gen/out/soapClient.c gen/out/SrvSoap.nsmap &: gen/out/srv.h
	$(call say,GEN)cd gen/out && soapcpp2 -c -L -x -w srv.h >soapcpp2.log 2>&1 || { cat soapcpp2.log; exit 1; }

gen/out/operations.c: wsdl/srv.wsdl wsdl/results.xsd gen/operations.xsl | packages
	@mkdir -p gen/out
	$(call say,GEN)xsltproc --stringparam results $(CURDIR)/wsdl/results.xsd -o $@ gen/operations.xsl wsdl/srv.wsdl

CLIENT_GEN := gen/out/srvclient_results.h gen/out/srvclient_results.c
gen/out/srvclient_results.h: gen/client-header.xsl
gen/out/srvclient_results.c: gen/client-code.xsl
$(CLIENT_GEN): wsdl/srv.wsdl wsdl/results.xsd gen/client-names.xsl | packages
	@mkdir -p gen/out
	$(call say,GEN)xsltproc --stringparam results $(CURDIR)/wsdl/results.xsd -o $@ $(filter gen/client-%,$(filter-out %-names.xsl,$^)) wsdl/srv.wsdl

DOCUMENTS := gen/out/wsdl.xml gen/out/wsdl-text.xml gen/out/disco.xml gen/out/openapi.json gen/out/index.html gen/out/operations.html
PAGES := gen/page.xsl gen/samples.xsl
gen/out/wsdl.xml: gen/publish.xsl
gen/out/wsdl-text.xml: gen/text.xsl
gen/out/disco.xml: gen/disco.xsl
gen/out/openapi.json: gen/openapi.xsl gen/samples.xsl
gen/out/index.html: gen/index.xsl $(PAGES)
gen/out/operations.html: gen/operation.xsl $(PAGES)
$(DOCUMENTS): wsdl/srv.wsdl wsdl/results.xsd | packages
	@mkdir -p gen/out
	$(call say,GEN)xsltproc --stringparam results $(CURDIR)/wsdl/results.xsd --stringparam version $(VERSION) -o $@ $(firstword $(filter %.xsl,$^)) wsdl/srv.wsdl

# ---- objects ------------------------------------------------------------------------------------------
# With -MMD the headers under gen/out would not count, as they are not ours to be warned of (-isystem).
$(BUILD)/impl/%.o: impl/%.c | packages $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) -MD -MP -c -o $@ $<

$(BUILD)/tests/%.o: tests/%.c | packages $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) $(WARN) -MD -MP -c -o $@ $<

$(BUILD)/gen/out/%.o: gen/out/%.c $(GEN_HEADERS) | packages
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(filter-out --coverage,$(CFLAGS)) -w -MD -MP -c -o $@ $<

PIC_CFLAGS = $(subst -fPIE,-fPIC,$(CFLAGS)) -fvisibility=hidden
$(BUILD)/pic/impl/%.o: impl/%.c | packages $(GEN_HEADERS)
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(PIC_CFLAGS) $(WARN) -MD -MP -c -o $@ $<

$(BUILD)/pic/gen/out/%.o: gen/out/%.c $(GEN_HEADERS) | packages
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(filter-out --coverage,$(PIC_CFLAGS)) -w -MD -MP -c -o $@ $<

$(BUILD)/gen/out/soapServer.o: CPPFLAGS += -Dsoap_end_recv=wire_end_recv \
	-Dsoap_body_end_in=wire_body_end_in -Dsoap_envelope_end_in=wire_envelope_end_in

$(BUILD)/gen/documents.o: gen/documents.S $(DOCUMENTS) gen/page.css gen/page.js
	@mkdir -p $(@D)
	$(call say,AS)$(CC) -c -o $@ $<

$(BUILD)/libsrv.a: $(CORE_OBJ) $(GEN_OBJ)
	@rm -f $@
	$(call say,AR)ar qcs $@ $^

# For unit tests, which look at what the library hides.
$(BUILD)/libclient.a: $(CLIENT_OBJ) $(SRVCTL_OBJ)
	@rm -f $@
	$(call say,AR)ar qcs $@ $^

# ---- the client library -------------------------------------------------------------------------------
# Both libraries are one object, in which gSOAP is linked and everything but the API is local: a program may have another
# gSOAP, or a function called buf_put, of its own.
$(BUILD)/srvclient.o: $(CLIENT_OBJ) $(CLIENT_BASE_OBJ)
	$(call say,LD)$(CC) -r -nostdlib -o $@ $^ -l:libgsoap.a
	@objcopy --wildcard --keep-global-symbol='srvclient_*' $@

$(BUILD)/libsrvclient.a: $(BUILD)/srvclient.o
	@rm -f $@
	$(call say,AR)ar qcs $@ $^

# The 1 is to become a 2 when results.xsd changes a structure that programs were compiled with.
$(BUILD)/libsrvclient.so.1: $(BUILD)/srvclient.o impl/client/srvclient.map
	$(call say,LD)$(CC) $(filter-out -pie,$(LDFLAGS)) -shared -Wl,-soname,$(@F) \
	  -Wl,--version-script,impl/client/srvclient.map $(if $(SANITIZE),,-Wl,-z,defs) -o $@ $< -lcurl -lexpat

$(BUILD)/libsrvclient.so: $(BUILD)/libsrvclient.so.1
	@ln -sf $(<F) $@

# ---- programs -----------------------------------------------------------------------------------------
programs: $(PROGRAMS) $(LIBRARIES)

$(BUILD)/srvd: $(patsubst %.c,$(BUILD)/%.o,$(wildcard impl/srvd/*.c)) $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/srvadm: $(patsubst %.c,$(BUILD)/%.o,$(wildcard impl/srvadm/*.c)) $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/srvadm: LDLIBS += -lzxcvbn

$(BUILD)/srvctl: $(BUILD)/impl/srvctl/main.o $(SRVCTL_OBJ) $(BUILD)/libsrvclient.a $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# ---- tests --------------------------------------------------------------------------------------------
.SECONDARY:
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libclient.a $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# What srvadm tells the system's log, for tests of it.
$(BUILD)/tests/unit/syslog_file.so: tests/unit/syslog_file.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) -std=c11 -O2 $(WARN) -shared -fPIC -o $@ $<
$(BUILD)/tests/unit/test_srvadm $(BUILD)/tests/unit/test_srvadm_shell $(BUILD)/tests/unit/test_srvadm_audit: \
  | $(BUILD)/tests/unit/syslog_file.so

# This one makes allocations fail.
$(BUILD)/tests/unit/test_nomem: LDFLAGS += \
  $(foreach f,malloc calloc realloc strdup strndup pthread_create,-Wl,--wrap=$(f))

$(BUILD)/tests/wire/%: $(BUILD)/tests/wire/%.o $(WIRE_LIB) $(BUILD)/libsrvclient.a $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka

# ---- fuzzing: the same targets before libFuzzer, and before the inputs that it once found ----------------------
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/libclient.a $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o $(BUILD)/libclient.a $(BUILD)/libsrv.a
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tests/fuzz/fuzz_endpoint $(BUILD)/tests/fuzz/replay_endpoint: LDFLAGS += -Wl,--wrap=write

SECONDS ?= 60
SEED ?= 0
TARGETS ?=
fuzz:
	$(call need,$(PACKAGES_BUILD) $(PACKAGES_FUZZ))
	+@$(MAKE) --no-print-directory -j$$(nproc) SANITIZE=fuzz fuzz-targets
	@SRV_BUILD=build/fuzz FUZZ_SECONDS=$(SECONDS) FUZZ_SEED=$(SEED) tests/fuzz/run $(TARGETS)

.PHONY: fuzz-targets
fuzz-targets: $(FUZZ)

# ThreadSanitizer needs the address space laid out without randomness.
TEST_WRAP := $(if $(filter thread,$(SANITIZE)),setarch -R)$(if $(filter valgrind,$(SANITIZE)),$(CURDIR)/tests/memcheck/watch)
TEST_ENV := SRV_BUILD=$(BUILD) SRV_TOP=$(CURDIR) SRV_SANITIZE=$(SANITIZE) \
  SRV_CC='$(CC) $(filter -fsanitize=% --coverage,$(CFLAGS))' SRV_TEST_WRAP='$(TEST_WRAP)' \
  SRV_REPORTS=$(if $(filter valgrind,$(SANITIZE)),$(CURDIR)/$(BUILD)/reports)

test: packages-test
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(UNIT) $(WIRE) $(REPLAY) $(PAGES_MODULES) $(SHIM)
	@$(TEST_ENV) tests/run $(UNIT) $(REPLAY) $(WIRE) $(WSDL_CHECK) tests/pages/test_pages $(FAULTS)
	@$(TEST_ENV) tests/interop/run

unit: packages-test
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(UNIT)
	@$(TEST_ENV) tests/run $(UNIT)

wire: packages-test
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(WIRE)
	@$(TEST_ENV) tests/run $(WIRE)

# All tests that are programs of ours.
.PHONY: memcheck memcheck-programs
memcheck:
	+@$(MAKE) --no-print-directory SANITIZE=valgrind memcheck-programs

memcheck-programs:
	$(call need,$(sort $(PACKAGES_BUILD) $(PACKAGES_TEST)))
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(UNIT) $(WIRE) $(REPLAY)
	@$(TEST_ENV) tests/run $(UNIT) $(REPLAY) $(WIRE)

wsdl-check:
	$(call need,$(PACKAGES_BUILD) $(PACKAGES_WSDL))
	+@$(MAKE) --no-print-directory -j$$(nproc) programs
	@$(TEST_ENV) tests/run $(WSDL_CHECK)

# What machines do to a service. The sweeps, rounds and minutes that `make test` has only some of.
FAULT_TESTS := faults crash soak
.PHONY: $(FAULT_TESTS) fault-check
fault-check $(FAULT_TESTS):
	$(call need,$(PACKAGES_BUILD) python3)
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(SHIM) $(if $(filter soak,$@),$(MIXED))
	@$(TEST_ENV) $(if $(filter fault-check,$@),tests/run $(FAULTS),/usr/bin/python3 -B tests/faults/$@.py)
	$(if $(filter faults,$@),@$(LONG) $(TEST_ENV) tests/run $(filter %_situations.py %_strain.py,$(FAULTS)))
	$(if $(filter soak,$@),@WIRE_REQUESTS=1000000 $(TEST_ENV) tests/run $(MIXED))
LONG := FAULT_LOCKED_S=30 FAULT_DISK_S=5 FAULT_EXPIRED=100000
MIXED := $(BUILD)/tests/wire/test_wire_mixed

# Without the sanitizers, which what is tested has, and which bring a malloc of their own.
$(SHIM): $(wildcard tests/faults/*.[ch]) | packages
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(CPPFLAGS) -std=c11 -O2 -fPIC $(WARN) $(if $(SANITIZE),-DSANITIZED) -shared -o $@ $(filter %.c,$^)

CLIENTS ?=
interop interop-readme: packages-test
	+@$(MAKE) --no-print-directory -j$$(nproc) programs
	@$(TEST_ENV) tests/interop/run $(if $(filter interop-readme,$@),--readme README.md,$(CLIENTS))

# The pages in a browser, and pictures of them.
PAGES_MODULES := tests/pages/node_modules/.package-lock.json
$(PAGES_MODULES): tests/pages/package-lock.json | packages-test
	$(call say,NPM)cd tests/pages && npm ci --ignore-scripts --loglevel=error >/dev/null

pages: packages-test
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(PAGES_MODULES)
	@$(TEST_ENV) tests/run tests/pages/test_pages

screenshots: packages-test
	+@$(MAKE) --no-print-directory -j$$(nproc) programs $(PAGES_MODULES)
	@$(TEST_ENV) node tests/pages/screenshots.mjs build/screenshots

# testssl.sh of Debian, against srvd on loopback.
testssl:
	$(call need,$(PACKAGES_BUILD) openssl testssl.sh bsdextrautils)
	+@$(MAKE) --no-print-directory -j$$(nproc) programs
	@SRV_BUILD=$(BUILD) tests/tls/testssl.sh

.PHONY: packages-test
packages-test:
	$(call need,$(sort $(PACKAGES_BUILD) $(PACKAGES_TEST) $(PACKAGES_WSDL) $(PACKAGES_INTEROP) $(PACKAGES_PAGES)))

coverage:
	$(call need,$(sort $(PACKAGES_BUILD) $(PACKAGES_TEST) $(PACKAGES_WSDL) $(PACKAGES_INTEROP) $(PACKAGES_PAGES) gcovr))
	find build -name '*.gcda' -delete 2>/dev/null || true
	+$(MAKE) --no-print-directory test COVERAGE=1
	gcovr --root . --filter impl/ --exclude-unreachable-branches --print-summary --sort-percentage build/coverage

# ---- serving ------------------------------------------------------------------------------------------
RUN := run
run: packages
	+@$(MAKE) --no-print-directory -j$$(nproc) programs
	@SRV_BUILD=$(BUILD) impl/srvd/run.sh $(RUN)

demo:
	$(call need,$(PACKAGES_BUILD) curl sqlite3)
	+@$(MAKE) --no-print-directory -s -j$$(nproc) programs
	@SRV_BUILD=$(BUILD) tests/demo/demo.sh

# ---- speed --------------------------------------------------------------------------------------------
# gSOAP with the generated code as it comes, without what srvd's own build may do to it.
STOCK_OBJ := $(BUILD)/tests/bench/stock.o $(BUILD)/bench/soapC.o $(BUILD)/bench/soapServer.o
$(BUILD)/bench/%.o: gen/out/%.c $(GEN_HEADERS) | packages
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -w -c -o $@ $<

$(BUILD)/bench/stock: $(STOCK_OBJ)
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ -lgsoap

bench:
	$(call need,$(PACKAGES_BUILD) $(PACKAGES_BENCH))
	+@$(MAKE) --no-print-directory -s -j$$(nproc) programs $(BUILD)/bench/stock
	@SRV_BUILD=$(BUILD) /usr/bin/python3 -B tests/bench/bench.py

# For the benchmark, which adds what other stacks need, if it can be had.
.PHONY: bench-packages
bench-packages:
	$(call need,$(PACKAGES))

# ---- care ---------------------------------------------------------------------------------------------
LINT_SRC := $(wildcard impl/*/*.c)
lint:
	$(call need,$(PACKAGES_BUILD) clang-tidy clang-format cppcheck man-db)
	+$(MAKE) --no-print-directory format-check gen
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
	  --suppress=missingIncludeSystem -DSRV_VERSION='"$(VERSION)"' impl
	clang-tidy --quiet --warnings-as-errors='*' $(LINT_SRC) -- -std=c11 $(CPPFLAGS)
	for f in $(LINT_SRC); do $(CC) $(CPPFLAGS) -std=c11 -O2 $(WARN) -fanalyzer -c -o /dev/null $$f; done
	for p in impl/*/*.[1-8]; do LC_ALL=C.UTF-8 MANROFFSEQ='' man --warnings -l -E UTF-8 -Tutf8 $$p >/dev/null; done

format:
	$(call need,clang-format)
	clang-format -i $(OURS)

format-check:
	$(call need,clang-format)
	@clang-format --dry-run -Werror $(OURS)

# Generating twice must give the same, but for gSOAP's date stamps.
gen-check: gen
	rm -rf build/gen-check && mkdir -p build/gen-check && cp -r gen/out build/gen-check/before
	rm -rf gen/out
	+$(MAKE) --no-print-directory gen $(DOCUMENTS)
	diff -r -I 'GMT' -x '*.log' build/gen-check/before gen/out

PREFIX ?= /usr/local
INSTALLED = $(DESTDIR)$(PREFIX)
install: packages
	+$(MAKE) --no-print-directory programs
	install -d $(addprefix $(INSTALLED)/,sbin bin include lib/pkgconfig share/man/man1 share/man/man3 share/man/man8 \
	  share/doc/srv share/bash-completion/completions share/zsh/site-functions)
	install -m 755 $(BUILD)/srvd $(BUILD)/srvadm $(INSTALLED)/sbin
	install -m 755 $(BUILD)/srvctl $(INSTALLED)/bin
	install -m 644 impl/srvd/srvd.8 impl/srvadm/srvadm.8 $(INSTALLED)/share/man/man8
	install -m 644 impl/srvctl/srvctl.1 $(INSTALLED)/share/man/man1
	install -m 644 impl/srvctl/srvctl.bash $(INSTALLED)/share/bash-completion/completions/srvctl
	install -m 644 impl/srvctl/srvctl.zsh $(INSTALLED)/share/zsh/site-functions/_srvctl
	install -m 644 impl/srvd/srvd.ini impl/srvd/license-sample.xml $(INSTALLED)/share/doc/srv
	install -m 644 impl/client/srvclient.h gen/out/srvclient_results.h $(INSTALLED)/include
	install -m 644 $(BUILD)/libsrvclient.a $(BUILD)/libsrvclient.so.1 $(INSTALLED)/lib
	ln -sf libsrvclient.so.1 $(INSTALLED)/lib/libsrvclient.so
	sed 's,@prefix@,$(PREFIX),; s,@version@,$(VERSION),' impl/client/srvclient.pc.in >$(INSTALLED)/lib/pkgconfig/srvclient.pc
	chmod 644 $(INSTALLED)/lib/pkgconfig/srvclient.pc
	install -m 644 impl/client/srvclient.3 $(INSTALLED)/share/man/man3
	install -m 644 tests/client/example.c $(INSTALLED)/share/doc/srv/srvclient-example.c
	install -d $(INSTALLED)/lib/systemd/system $(INSTALLED)/lib/sysusers.d
	sed 's,@sbindir@,$(PREFIX)/sbin,' impl/srvd/srvd.service >$(INSTALLED)/lib/systemd/system/srvd.service
	chmod 644 $(INSTALLED)/lib/systemd/system/srvd.service
	install -m 644 impl/srvd/srvd.socket $(INSTALLED)/lib/systemd/system
	install -m 644 impl/srvd/srvd.sysusers $(INSTALLED)/lib/sysusers.d/srv.conf

clean:
	rm -rf build gen/out tests/pages/node_modules

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
