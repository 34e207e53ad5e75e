# For clients of the .NET SDK. Debian has none, so that a machine without it is told of; where there is one, all else is an
# error.
. ../lib/build.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

sdk=$(dotnet --version 2>/dev/null) || { echo "there is no .NET SDK"; exit 77; }

# compile PACKAGES FILE...: makes Client.dll of the files, in $INTEROP_WORK. A package is NAME=VERSION.
compile() {
	local references=
	for package in $1; do
		references+="<PackageReference Include=\"${package%=*}\" Version=\"${package#*=}\" />"
	done
	cat >Client.csproj <<-EOT
		<Project Sdk="Microsoft.NET.Sdk">
		  <PropertyGroup>
		    <OutputType>Exe</OutputType>
		    <TargetFramework>net${sdk%%.*}.0</TargetFramework>
		    <EnableDefaultCompileItems>false</EnableDefaultCompileItems>
		    <UseAppHost>false</UseAppHost>
		    <UseSharedCompilation>false</UseSharedCompilation>
		    <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
		  </PropertyGroup>
		  <ItemGroup>$(printf '<Compile Include="%s" />' "${@:2}")$references</ItemGroup>
		</Project>
	EOT
	dotnet build -nologo -v quiet -o program Client.csproj
}
