# An administrator's script: HttpClient, and XML that PowerShell reads as objects. In all four forms; a step is only said to be
# right when it was in each.
Set-StrictMode -Version 3
$http = [System.Net.Http.HttpClient]::new()
$gone = '[901]Session expired or Invalid ticket'
$envelopes = @{
    'SOAP 1.1' = 'http://schemas.xmlsoap.org/soap/envelope/'
    'SOAP 1.2' = 'http://www.w3.org/2003/05/soap-envelope'
}

function Request($form, $operation, $parameters) {
    if ($envelopes.ContainsKey($form)) {
        $elements = $parameters.Keys | ForEach-Object { "<$_>$([System.Security.SecurityElement]::Escape($parameters[$_]))</$_>" }
        $text = "<s:Envelope xmlns:s='$($envelopes[$form])'><s:Body><$operation xmlns='http://tempuri.org/'>$elements</$operation></s:Body></s:Envelope>"
        $type = if ($form -eq 'SOAP 1.1') { 'text/xml' } else { 'application/soap+xml' }
        $action = "`"http://tempuri.org/$operation`""
        $content = [System.Net.Http.StringContent]::new($text, [System.Text.Encoding]::UTF8, $type)
        if ($form -eq 'SOAP 1.1') {
            $content.Headers.Add('SOAPAction', $action)
        } else {
            $content.Headers.ContentType.Parameters.Add([System.Net.Http.Headers.NameValueHeaderValue]::new('action', $action))
        }
        return $http.PostAsync($env:SRV_URL, $content).Result
    }
    $pairs = [System.Collections.Generic.Dictionary[string, string]]::new()
    foreach ($name in $parameters.Keys) { $pairs.Add($name, $parameters[$name]) }
    $content = [System.Net.Http.FormUrlEncodedContent]::new($pairs)
    if ($form -eq 'POST') { return $http.PostAsync("$env:SRV_URL/$operation", $content).Result }
    return $http.GetAsync("$env:SRV_URL/$operation`?$($content.ReadAsStringAsync().Result)").Result
}

# The result element.
function Call($form, $operation, $parameters = @{}) {
    $answer = [xml](Request $form $operation $parameters).Content.ReadAsStringAsync().Result
    if (-not $envelopes.ContainsKey($form)) { return $answer.DocumentElement }
    return $answer.Envelope.Body."${operation}Response"."${operation}Result".FirstChild
}

function Expect($right, $otherwise) { if (-not $right) { throw $otherwise } }
function Succeeded($root) { Expect ($root.success -eq 'true') $root.OuterXml }
function Failed($root, $text) { Expect ($root.success -eq 'false' -and $root.error -ceq $text) $root.OuterXml }
function LogIn($form, $user, $password) { Call $form 'AuthenticateUser' @{ UID = $user; PWD = $password } }
function Flush($form, $ticket) { Call $form 'FlushApplicationCache' @{ authenticationTicket = $ticket } }

$steps = [ordered]@{
    login = {
        foreach ($root in (LogIn $form $env:SRV_USER $env:SRV_PASSWORD), (LogIn $form $env:SRV_PLAIN_USER $env:SRV_PLAIN_PASSWORD)) {
            Succeeded $root
            $tickets[$root.username] = [guid]::Parse($root.ticket).ToString()
        }
    }
    login_refused = { Failed (LogIn $form $env:SRV_USER "not $env:SRV_PASSWORD") '[900] Authentication failed' }
    flush = { Succeeded (Flush $form $tickets[$env:SRV_USER]) }
    flush_bad_ticket = { Failed (Flush $form ([guid]::Empty).ToString()) $gone }
    flush_denied = { Failed (Flush $form $tickets[$env:SRV_PLAIN_USER]) '[921]Insufficient rights' }
    serverinfo = {
        $root = Call $form 'ServerInfo'
        Expect ($root.ServerName -ceq $env:SRV_SERVER_NAME) $root.OuterXml
    }
    jobs = {
        $root = Call $form 'GetMaintenanceJobsStatus' @{ authenticationTicket = $tickets[$env:SRV_USER] }
        Expect (@($root.MaintenanceJob | Where-Object { $_.JobName }).Count -gt 0) $root.OuterXml
    }
    warehouse = {
        $root = Call $form 'GetWarehouseStatus' @{ authenticationTicket = $tickets[$env:SRV_USER] }
        Expect ($root.WarehousePaths.WarehousePath.Path -and $root.Disks.Disk.VolumeName) $root.OuterXml
    }
    logout = {
        Succeeded (Call $form 'LogOut' @{ AuthenticationTicket = $tickets[$env:SRV_USER] })
        Failed (Flush $form $tickets[$env:SRV_USER]) $gone
    }
    fault = {
        $answer = Request $form 'NoSuchOperation' @{}
        $text = $answer.Content.ReadAsStringAsync().Result
        if ($form -eq 'SOAP 1.1') {
            $fault = ([xml]$text).Envelope.Body.Fault
            Expect ($fault.faultcode -match ':Client$' -and $fault.faultstring -match 'NoSuchOperation') $text
        } elseif ($form -eq 'SOAP 1.2') {
            $fault = ([xml]$text).Envelope.Body.Fault
            Expect ($fault.Code.Value -match ':Sender$' -and $fault.Reason.InnerText -match 'NoSuchOperation') $text
        } else {
            Expect ([int]$answer.StatusCode -eq 404 -and $text -match 'NoSuchOperation') $text
        }
    }
}

"version $($PSVersionTable.PSVersion)"
$wrong = @{}
foreach ($form in 'GET', 'POST', 'SOAP 1.1', 'SOAP 1.2') {
    $tickets = @{}
    foreach ($name in $steps.Keys) {
        try { & $steps[$name] } catch { $wrong[$name] = "$($wrong[$name])${form}: $_ " -replace '\s+', ' ' }
    }
}
foreach ($name in $steps.Keys) {
    if ($wrong.ContainsKey($name)) { "not ok $name - $($wrong[$name])" } else { "ok $name" }
}
