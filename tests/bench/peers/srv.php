<?php
// PHP's SoapServer. nginx gives the WSDL and the file with the result element as parameters.
ini_set('soap.wsdl_cache_dir', dirname($_SERVER['BENCH_ELEMENT']));
class Srv
{
    public function ServerInfo()
    {
        return ['ServerInfoResult' => ['any' => file_get_contents($_SERVER['BENCH_ELEMENT'])]];
    }
}
$server = new SoapServer($_SERVER['BENCH_WSDL'], ['cache_wsdl' => WSDL_CACHE_BOTH]);
$server->setClass('Srv');
$server->handle();
