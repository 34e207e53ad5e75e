// A program that was written for another service than this: how WCF raises the fault, of .NET and of Mono.
using System;
using System.ServiceModel;
using System.ServiceModel.Channels;

[ServiceContract(Namespace = "http://tempuri.org/")]
public interface INewer
{
    [OperationContract(Action = "http://tempuri.org/NoSuchOperation", ReplyAction = "*")]
    void NoSuchOperation();
}

public static class Newer
{
    public static void CatchFault(Binding binding, EndpointAddress address)
    {
        var factory = new ChannelFactory<INewer>(binding, address);
        try {
            factory.CreateChannel().NoSuchOperation();
        } catch (FaultException e) {
            Steps.IsFault(e.Code.Name, e.Message);
            return;
        }
        throw new Exception("no fault");
    }
}
