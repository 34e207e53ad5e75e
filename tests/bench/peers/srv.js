// The npm package soap. PORT, BENCH_WSDL, BENCH_ELEMENT (a file) and BENCH_PROCESSES are in the environment.
const cluster = require('cluster'), fs = require('fs'), http = require('http');
const soap = require(require.resolve('soap', { paths: [process.cwd()] }));

if (cluster.isPrimary) {
  for (let i = 0; i < Number(process.env.BENCH_PROCESSES); i++) cluster.fork();
} else {
  const wsdl = fs.readFileSync(process.env.BENCH_WSDL, 'utf8');
  const element = fs.readFileSync(process.env.BENCH_ELEMENT, 'utf8');
  const port = { ServerInfo: () => ({ ServerInfoResult: { $xml: element } }) };
  const server = http.createServer((request, response) => response.writeHead(404).end());
  server.listen(Number(process.env.PORT), '127.0.0.1');
  soap.listen(server, '/srv.asmx', { srv: { SrvSoap: port } }, wsdl);
}
