-- What wrk sends, from the environment, and what it found, as one line of JSON on standard output.
-- BENCH_METHOD, BENCH_BODY, BENCH_HEADERS ("Name: value" lines), BENCH_PAUSE_MS (callers think between requests).
function init(args)
   wrk.method = os.getenv("BENCH_METHOD") or "GET"
   local body = os.getenv("BENCH_BODY") or ""
   if body ~= "" then wrk.body = body end
   for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^:\n]+): ([^\n]*)") do
      wrk.headers[name] = value
   end
   local pause = tonumber(os.getenv("BENCH_PAUSE_MS") or "0")
   if pause > 0 then
      function delay() return math.random(pause / 2, pause * 3 / 2) end
   end
end

function done(summary, latency, requests)
   local e = summary.errors
   io.write(string.format(
      '\nBENCH {"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, "max_ms": %.3f, ' ..
      '"wrong_status": %d, "socket_errors": %d, "timeouts": %d}\n',
      summary.requests, summary.duration / 1e6, summary.bytes, latency:percentile(50) / 1000,
      latency:percentile(99) / 1000, latency.max / 1000, e.status, e.connect + e.read + e.write, e.timeout))
end
